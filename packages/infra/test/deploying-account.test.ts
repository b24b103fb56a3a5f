import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { lockDeployment, lockName } from "@aloft/infra/deploying/lock";
import { parametersIn } from "@aloft/infra/deploying/parameters";
import { domainStands } from "@aloft/infra/deploying/preflight/domain";
import { previousOf, readRecord, recordDeployment } from "@aloft/infra/deploying/record";
import { resolveApp } from "@aloft/infra/config/resolve";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { service } from "../../../test/support/services.ts";
import { available } from "../../../test/support/skip.ts";
import { type Emulated, emulated } from "./emulated.ts";

const here = await available("moto, for what a deployment notes down", () => service("moto"));

describe.runIf(here)("what a deployment notes down, in Parameter Store", () => {
  let emulator: Emulated;
  beforeAll(async () => {
    emulator = await emulated("moto");
  });
  afterAll(() => emulator[Symbol.dispose]());

  const holding = (doing: string, now?: () => number) => {
    const time = now === undefined ? {} : { now };
    return lockDeployment({
      prefix: "lock-dev",
      by: "user/ines",
      doing,
      parameters: parametersIn("us-east-1"),
      ...time,
    });
  };

  test("[landing.deploy.lock] of two, the second is told whose turn it is, and the turn ends", async () => {
    const held = await holding("aloft deploy");
    await expect(holding("aloft destroy")).rejects.toMatchObject({
      code: "deploy_under_way",
      message: expect.stringMatching(/user\/ines began "aloft deploy".*Nothing was changed/s),
    });
    await held[Symbol.asyncDispose]();
    const next = await holding("aloft destroy");
    await next[Symbol.asyncDispose]();
    expect(await parametersIn("us-east-1").read(lockName("lock-dev"))).toBeUndefined();
  });

  test("[landing.deploy.lock] of many at once, one goes on", async () => {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => holding("aloft deploy")));
    const won = tries.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(won).toHaveLength(1);
    await won[0]?.[Symbol.asyncDispose]();
  });

  test("[landing.deploy.lock.gone] who was killed is taken for gone after two minutes", async () => {
    const longAgo = Date.now() - 121_000;
    await holding("aloft deploy", () => longAgo);
    const next = await holding("aloft deploy");
    await next[Symbol.asyncDispose]();
  });

  test("[landing.deploy.record] ten versions are kept, and the one before is another image", async () => {
    const parameters = parametersIn("us-east-1");
    const image = (n: number) => `example.com/chat@sha256:${String(n).padStart(64, "0")}`;
    for (let n = 1; n <= 12; n++) {
      await recordDeployment(parameters, "record-dev", { image: image(n), at: `2026-11-21T09:00:${n}`, by: "ines" });
    }
    await recordDeployment(parameters, "record-dev", { image: image(12), at: "later", by: "ines" });
    const record = await readRecord(parameters, "record-dev");
    expect(record.map((one) => one.image)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map(image));
    expect(record[0]?.at).toBe("later");
    expect(previousOf(record)?.image).toBe(image(11));
    expect(previousOf(record.slice(0, 1))).toBeUndefined();
  });

  test("[landing.deploy.domain] a zone that is missing, misnamed or not asked is found", async () => {
    const client = new Route53Client({});
    const create = new CreateHostedZoneCommand({ Name: "example.com", CallerReference: String(Date.now()) });
    const { HostedZone, DelegationSet } = await client.send(create);
    const hostedZoneId = HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
    const servers = DelegationSet?.NameServers ?? [];
    const stands = (zoneName: string, id: string, asked: readonly string[]) => {
      const app = resolveApp({ name: "chat", topology: "solo", environments: { dev: {} } }, "dev");
      // moto 5.2.5 names zones with small letters too, as AWS does not.
      const domain = { name: `chat.${zoneName}`, dns: { provider: "route53", zoneName, hostedZoneId: id } } as const;
      return domainStands({ ...app, domain } as typeof app, () => Promise.resolve(asked));
    };
    expect(
      await stands(
        "example.com",
        hostedZoneId,
        servers.map((name) => `${name}.`),
      ),
    ).toMatchObject([{ state: "ok" }]);
    expect(await stands("example.com", hostedZoneId, ["ns1.other.net"])).toMatchObject([
      {
        state: "failed",
        text: expect.stringContaining("ns1.other.net"),
        mend: expect.stringContaining(servers[0] ?? "-"),
      },
    ]);
    expect(await stands("other.org", hostedZoneId, servers)).toMatchObject([
      { state: "failed", text: expect.stringContaining("example.com") },
    ]);
    expect(await stands("example.com", "Z0000000000000", servers)).toMatchObject([
      { state: "failed", text: expect.stringContaining("no hosted zone Z0000000000000") },
    ]);
  });
});
