import { expect, test } from "vitest";
import { InvalidError } from "../src/errors.ts";
import type { SignedRequest } from "../src/ports/blobs.ts";
import type { BlobsDefect, BlobsFixture } from "./blobs.ts";
import { bytesOf, found, namesOf, read, sha256Of } from "./blobs-helpers.ts";

type Open = () => Promise<BlobsFixture>;

function upload({ method, url, headers }: SignedRequest, text: string, changed: Record<string, string> = {}) {
  const { "content-length": _counted, ...sent } = { ...headers, ...changed };
  return fetch(url, { method, headers: sent, body: text });
}

/** Another URL than the one that was signed. */
function tampered({ url }: SignedRequest, change: (url: URL) => void): string {
  const other = new URL(url);
  change(other);
  return other.toString();
}

/** URLs that need nobody signed in. */
export function blobSignedTests(open: Open): void {
  const suffers = (fixture: BlobsFixture, defect: BlobsDefect) => fixture.defects?.includes(defect) === true;
  /** What was refused; or, of a service that is known not to look, what was let through. */
  const refused = (fixture: BlobsFixture, defect: BlobsDefect) => (suffers(fixture, defect) ? [200] : [400, 403]);

  test("[blobs.sign.upload] whoever has the URL uploads what it was signed for", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const sha256 = await sha256Of(bytesOf("hello"));
    const options = { expiresInSeconds: 60, contentType: "text/plain", sizeBytes: 5 };
    const signed = await blobs.signUpload("in/a", { ...options, sha256 });
    expect(signed).toMatchObject({ method: "PUT", headers: { "content-type": "text/plain", "content-length": "5" } });
    expect(Math.abs(signed.expiresAt.getTime() - Date.now() - 60_000)).toBeLessThan(3000);
    expect((await upload(signed, "hello")).status).toBe(200);
    expect(await read(blobs, "in/a")).toBe("hello");
    expect(await blobs.head("in/a")).toMatchObject({ contentType: "text/plain", sizeBytes: 5 });
    const unchecked = await blobs.signUpload("in/b", options);
    expect((await upload(unchecked, "world")).status).toBe(200);
    expect(await read(blobs, "in/b")).toBe("world");
  });

  test("[blobs.sign.bound] another type, another length, other bytes and another name are refused", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    const sha256 = await sha256Of(bytesOf("hello"));
    const options = { expiresInSeconds: 60, contentType: "text/plain", sizeBytes: 5 };
    const signed = await blobs.signUpload("in/a", { ...options, sha256 });
    const byHeaders = refused(fixture, "signed-headers-not-checked");
    expect(byHeaders).toContain((await upload(await blobs.signUpload("in/size", options), "hello!")).status);
    const html = { "content-type": "text/html" };
    expect(byHeaders).toContain((await upload(await blobs.signUpload("in/type", options), "hello", html)).status);
    expect(refused(fixture, "checksum-not-checked")).toContain((await upload(signed, "jello")).status);
    const elsewhere = tampered(signed, (url) => {
      if (url.searchParams.has("name")) url.searchParams.set("name", "in/z");
      else url.pathname = url.pathname.replace("in/a", "in/z");
    });
    expect(refused(fixture, "signature-not-checked")).toContain(
      (await upload({ ...signed, url: elsewhere }, "hello")).status,
    );
    const stored = await namesOf(blobs);
    const lax = ["signed-headers-not-checked", "signature-not-checked", "checksum-not-checked"] as const;
    if (!lax.some((defect) => suffers(fixture, defect))) expect(stored).toEqual([]);
  });

  test("[blobs.sign.download] whoever has the URL downloads, whole or in part, under the type and name it was signed with", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("out/a", bytesOf("0123456789"), { contentType: "text/html" });
    const contentDisposition = 'attachment; filename="a.txt"';
    const signed = await blobs.signDownload("out/a", {
      expiresInSeconds: 60,
      contentType: "text/plain",
      contentDisposition,
    });
    expect(signed).toMatchObject({ method: "GET", headers: {} });
    const whole = await fetch(signed.url);
    expect(whole.status).toBe(200);
    expect(await whole.text()).toBe("0123456789");
    expect(whole.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(whole.headers.get("content-disposition")).toBe(contentDisposition);
    const part = await fetch(signed.url, { headers: { range: "bytes=2-4" } });
    expect({ status: part.status, text: await part.text() }).toEqual({ status: 206, text: "234" });
    expect(part.headers.get("content-range")).toBe("bytes 2-4/10");
    const etag = whole.headers.get("etag") ?? "";
    expect(etag).toBe(
      (await found(blobs, "out/a").then(async (blob) => (await blob[Symbol.asyncDispose](), blob.info))).etag,
    );
    expect((await fetch(signed.url, { headers: { "if-none-match": etag } })).status).toBe(304);
    const absent = await blobs.signDownload("out/none", { expiresInSeconds: 60 });
    expect((await fetch(absent.url)).status).toBe(404);
  });

  test("[blobs.sign.forged] a URL that was changed, or meant for another method, is refused", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("out/a", bytesOf("secret"));
    await blobs.put("out/b", bytesOf("other secret"));
    const expected = refused(fixture, "signature-not-checked");
    const signed = await blobs.signDownload("out/a", { expiresInSeconds: 60 });
    const names = [...new URL(signed.url).searchParams.keys()];
    const signature = names.find((name) => /signature$/i.test(name)) ?? "";
    const flipped = tampered(signed, (url) => {
      const value = url.searchParams.get(signature) ?? "";
      url.searchParams.set(signature, (value.startsWith("a") ? "b" : "a") + value.slice(1));
    });
    expect(expected).toContain((await fetch(flipped)).status);
    const cut = tampered(signed, (url) => url.searchParams.set(signature, ""));
    expect(refused(fixture, "empty-signature-accepted")).toContain((await fetch(cut)).status);
    const other = tampered(signed, (url) => {
      if (url.searchParams.has("name")) url.searchParams.set("name", "out/b");
      else url.pathname = url.pathname.replace("out/a", "out/b");
    });
    expect(expected).toContain((await fetch(other)).status);
    const body = "x".repeat(6);
    expect(expected).toContain((await fetch(signed.url, { method: "PUT", body })).status);
    if (!suffers(fixture, "signature-not-checked")) expect(await read(blobs, "out/a")).toBe("secret");
  });

  test("[blobs.sign.expires] once its time is over, a URL does nothing", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    await blobs.put("out/a", bytesOf("secret"));
    const download = await blobs.signDownload("out/a", { expiresInSeconds: 1 });
    const uploading = await blobs.signUpload("in/a", { expiresInSeconds: 1, contentType: "text/plain", sizeBytes: 5 });
    if (fixture.advance === undefined) await new Promise((resolve) => setTimeout(resolve, 2100));
    else fixture.advance(2100);
    const expected = refused(fixture, "expiry-not-checked");
    expect(expected).toContain((await fetch(download.url)).status);
    expect(expected).toContain((await upload(uploading, "hello")).status);
    if (!suffers(fixture, "expiry-not-checked")) expect(await blobs.head("in/a")).toBeUndefined();
  });

  test("[blobs.sign.limits] a lifetime of over 7 days, no lifetime, and sizes that one request cannot have are refused", async () => {
    await using fixture = await open();
    const { blobs } = fixture;
    for (const expiresInSeconds of [0, -1, 1.5, 604_801, Number.NaN]) {
      await expect(blobs.signDownload("a", { expiresInSeconds })).rejects.toThrow(InvalidError);
    }
    for (const sizeBytes of [-1, 1.5, 5 * 1024 ** 3 + 1]) {
      const options = { expiresInSeconds: 60, contentType: "text/plain", sizeBytes };
      await expect(blobs.signUpload("a", options)).rejects.toThrow(InvalidError);
    }
    const options = { expiresInSeconds: 60, contentType: "text", sizeBytes: 1 };
    await expect(blobs.signUpload("a", options)).rejects.toThrow(InvalidError);
  });
}
