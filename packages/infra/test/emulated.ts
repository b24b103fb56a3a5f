import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient, ListExportsCommand } from "@aws-sdk/client-cloudformation";
import type { Template } from "@aloft/infra/synthesize";
import { service } from "../../../test/support/services.ts";

export type EmulatorName = "moto" | "ministack";

/** Account that each emulator says it is. The toolkit remembers accounts by access key, so that each has its own. */
const accounts: Readonly<Record<EmulatorName, { readonly id: string; readonly accessKey: string }>> = {
  moto: { id: "123456789012", accessKey: "AKIAMOTOMOTOMOTOMOTO" },
  ministack: { id: "000000000000", accessKey: "AKIAMINISTACKMINISTA" },
};

export interface Emulated extends Disposable {
  readonly url: string;
  readonly account: string;
  /** What makes a process talk to it. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Points this process, and the CDK in it, at an emulator until it is disposed of.
 * @param account ministack alone: one of its own, of twelve digits, where no other test is.
 */
export async function emulated(name: EmulatorName, account?: string): Promise<Emulated> {
  const { url: given } = await service(name);
  // moto takes a template's URL for S3's only if it says so, or is on localhost.
  const url = given.replace("127.0.0.1", "localhost");
  const home = mkdtempSync(join(tmpdir(), "aloft-cdk-"));
  const { id, accessKey } = account === undefined ? accounts[name] : { id: account, accessKey: account };
  const env = {
    AWS_ENDPOINT_URL: name === "moto" ? url : given,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-east-1",
    CDK_HOME: home,
  };
  const before = { ...process.env };
  Object.assign(process.env, env);
  return {
    url: env.AWS_ENDPOINT_URL,
    account: id,
    env,
    [Symbol.dispose]() {
      for (const key of Object.keys(env)) {
        if (before[key] === undefined) delete process.env[key];
        else process.env[key] = before[key];
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Everything that stacks export in a region, by name. */
export async function exportsIn(region: string): Promise<Map<string, string>> {
  const { Exports = [] } = await new CloudFormationClient({ region }).send(new ListExportsCommand({}));
  return new Map(Exports.map(({ Name = "", Value = "" }) => [Name, Value]));
}

interface Container {
  readonly Name: string;
  readonly Environment?: readonly { readonly Name: string; readonly Value: unknown }[];
}

export interface Known {
  readonly region: string;
  readonly account: string;
  readonly exports: ReadonlyMap<string, string>;
}

/** What a container of a template is told, as CloudFormation would say it; what depends on what is not there is left out. */
export function containerEnvironment(template: Template, container: string, known: Known): Record<string, string> {
  const definitions = Object.values(template.Resources).filter(({ Type }) => Type === "AWS::ECS::TaskDefinition");
  const containers = definitions.flatMap(
    ({ Properties }) => Properties?.["ContainerDefinitions"] as readonly Container[],
  );
  const found = containers.find(({ Name }) => Name === container);
  if (found === undefined) throw new Error(`no container is named ${container}`);
  const values = (found.Environment ?? []).map(({ Name, Value }) => [Name, resolved(Value, known)] as const);
  return Object.fromEntries(values.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

function resolved(value: unknown, known: Known): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const [[key, argument] = ["", undefined]] = Object.entries(value);
  if (key === "Fn::ImportValue") return known.exports.get(String(argument));
  if (key === "Ref") {
    return { "AWS::Region": known.region, "AWS::AccountId": known.account, "AWS::Partition": "aws" }[String(argument)];
  }
  if (key !== "Fn::Join") return undefined;
  const [separator, parts] = argument as [string, readonly unknown[]];
  const texts = parts.map((part) => resolved(part, known));
  return texts.includes(undefined) ? undefined : texts.join(separator);
}
