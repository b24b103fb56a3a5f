// Writes blobs into a folder until it is killed; or one large one, to say how that ends.
import { AloftError } from "@aloft/core/errors";
import { openBlobs } from "../../src/blobs/index.ts";

const [folder = "", mode = "0"] = process.argv.slice(2);

async function* letters(letter: string, chunks: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < chunks; i++) yield new TextEncoder().encode(letter.repeat(65_536));
}

if (mode === "limited") {
  try {
    const blobs = await openBlobs({ type: "filesystem", folder });
    await blobs.put("large", letters("x", 100));
    process.stdout.write("stored");
  } catch (error) {
    process.stdout.write(error instanceof AloftError ? error.code : String(error));
  }
} else {
  const blobs = await openBlobs({ type: "filesystem", folder });
  for (let i = 0; ; i++) {
    const letter = String.fromCharCode(97 + (i % 26));
    const writes = [0, 1, 2].map((slot) => blobs.put(`slot/${slot}`, letters(letter, 1 + ((i * 7 + slot) % 40))));
    await Promise.all(writes);
    if (i === 2) process.send?.("writing");
  }
}
