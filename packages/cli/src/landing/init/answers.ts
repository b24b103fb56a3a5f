import type { EnvironmentName } from "@aloft/infra";
import { usageError } from "../../errors.ts";
import { validName } from "./name.ts";
import { type AskFor, type Asking, type Flags, questioner } from "./questions.ts";
import type { Surroundings } from "./surroundings.ts";

export const topologies = ["solo", "relational", "library"] as const;
export type Topology = (typeof topologies)[number];

/** What runs: Aloft's own server, or what the user's Dockerfile builds. */
export type Program = "aloft" | "own";

export interface Repository {
  readonly owner: string;
  readonly name: string;
  readonly ownerId?: string;
  readonly id?: string;
  readonly branch?: string;
}

export interface Domain {
  readonly name: string;
  readonly dns:
    | { readonly provider: "route53"; readonly zoneName: string; readonly hostedZoneId: string }
    | { readonly provider: "external"; readonly certificateArn: string };
}

/** Everything that a new configuration is written from. */
export interface Answers {
  readonly topology: Topology;
  readonly name: string;
  readonly region: string;
  readonly environments: readonly EnvironmentName[];
  /** Of all environments, or of each by its name. */
  readonly account: string | Readonly<Record<string, string>> | undefined;
  readonly program: Program;
  readonly domain: Domain | undefined;
  readonly repository: Repository | undefined;
  readonly alarmsEmail: string | undefined;
  readonly budgetUsd: number | undefined;
}

/**
 * Takes each answer from its flag, else from whoever is at the terminal, else from what has been found.
 * @throws {CliError} an answer is impossible, or has no default and nobody is there to give it.
 * @throws {Stopped} at a question.
 */
export async function gatherAnswers(asking: Asking): Promise<Answers> {
  const { io, flags, found } = asking;
  const { maxNameLength } = await import("@aloft/infra/config/schema");
  const answer = await questioner(asking);
  const topology = (await answer({
    flag: "topology",
    question: "What is landed: solo (DynamoDB), relational (PostgreSQL) or library (secrets only, no compute)",
    suggestion: asking.ask === undefined ? undefined : "solo",
    check: (topology) => ({ topology }),
  })) as Topology;
  const name = await answer({
    flag: "name",
    question: "Name",
    suggestion: validName(found.title, maxNameLength),
    check: (name) => ({ name }),
  });
  const region = await answer({
    flag: "region",
    question: "Region",
    suggestion: io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"] ?? "us-east-1",
    check: (region) => ({ region }),
  });
  const environments = await answer({
    flag: "environments",
    question: "Environments, of dev, staging and production",
    suggestion: "dev,production",
    check: (text) => ({ environments: Object.fromEntries(words(text).map((one) => [one, {}])) }),
  });
  return {
    topology,
    name,
    region,
    environments: inOrder(words(environments)),
    account: accountOf(flags.account),
    program: topology === "library" ? "aloft" : await programOf(answer, topology, found),
    domain: topology === "library" ? undefined : await domainOf(answer, flags),
    repository: await repositoryOf(answer, flags, found),
    ...(await watchOf(answer, topology)),
  };
}

async function programOf(answer: AskFor, topology: Topology, found: Surroundings): Promise<Program> {
  const relational = topology === "relational";
  const own = relational && (found.dockerfile || found.language !== undefined);
  return (await answer({
    flag: "program",
    question: relational ? "What runs: aloft (Aloft's own server) or own (what your Dockerfile builds)" : undefined,
    suggestion: own ? "own" : "aloft",
    check: (program) => {
      if (!["aloft", "own"].includes(program)) return 'It is "aloft" or "own".';
      return relational || program === "aloft" ? {} : "A program of your own takes --topology relational.";
    },
  })) as Program;
}

async function domainOf(answer: AskFor, flags: Flags): Promise<Domain | undefined> {
  const name = await answer({
    flag: "domain",
    question: "Domain, such as chat.example.com (empty: a name of CloudFront's, with https as well)",
    suggestion: "",
    check: (name) => (name === "" ? {} : { domain: external(name, sampleCertificate) }),
  });
  if (name === "") return needsNone(flags, ["dns", "zone"], "domain");
  const dns = await answer({
    flag: "dns",
    question: "Its DNS: the id of a hosted zone in Route 53 (Z…), or of a certificate in us-east-1 its ARN",
    suggestion: undefined,
    check: (dns) => {
      if (!/^(Z|arn:)/.test(dns))
        return "It is a hosted zone's id, Z…, or a certificate's ARN, arn:aws:acm:us-east-1:….";
      return { domain: dns.startsWith("Z") ? route53(name, name, dns) : external(name, dns) };
    },
  });
  if (!dns.startsWith("Z")) return external(name, dns);
  const zone = await answer({
    flag: "zone",
    question: "Name of that zone",
    suggestion: name.split(".").length > 2 ? name.slice(name.indexOf(".") + 1) : name,
    check: (zone) => ({ domain: route53(name, zone, dns) }),
  });
  return route53(name, zone, dns);
}

/** @throws {CliError} a flag says more of something that there is not. */
function needsNone(flags: Flags, details: readonly (keyof Flags)[], of: keyof Flags): undefined {
  const stray = details.find((flag) => flags[flag] !== undefined);
  if (stray !== undefined) throw usageError("invalid_option", `--${stray} says more of --${of}, which is not given.`);
}

/** Stands in while only the name is looked at. */
const sampleCertificate = "arn:aws:acm:us-east-1:000000000000:certificate/0";

function external(name: string, certificateArn: string): Domain {
  return { name, dns: { provider: "external", certificateArn } };
}

function route53(name: string, zoneName: string, hostedZoneId: string): Domain {
  return { name, dns: { provider: "route53", zoneName, hostedZoneId } };
}

async function repositoryOf(answer: AskFor, flags: Flags, found: Surroundings): Promise<Repository | undefined> {
  const text = await answer({
    flag: "repository",
    question: "Repository on GitHub that deploys, as owner/name (empty: none)",
    suggestion: found.repository ?? "",
    check: (text) => {
      if (text === "") return {};
      return text.split("/").length === 2 ? { repository: split(text) } : 'It is written "owner/name".';
    },
  });
  if (text === "") return needsNone(flags, ["repository-ids", "branch"], "repository");
  const ids = await answer({
    flag: "repository-ids",
    suggestion: "",
    check: (ids) => {
      if (ids === "") return {};
      return /^\d+\/\d+$/.test(ids) ? { repository: { ...split(text), ...idsOf(ids) } } : 'It is written "123/456".';
    },
  });
  const branch = await answer({ flag: "branch", suggestion: "main", check: () => ({}) });
  return { ...split(text), ...idsOf(ids), ...(branch === "main" ? {} : { branch }) };
}

function split(text: string): { owner: string; name: string } {
  const [owner = "", name = ""] = text.split("/");
  return { owner, name };
}

function idsOf(ids: string): { ownerId?: string; id?: string } {
  const [ownerId = "", id = ""] = ids.split("/");
  return ids === "" ? {} : { ownerId, id };
}

async function watchOf(answer: AskFor, topology: Topology) {
  const email = await answer({
    flag: "alarms-email",
    question:
      topology === "library"
        ? "E-mail address for the budget (empty: none)"
        : "E-mail address for alarms (empty: none)",
    suggestion: "",
    check: (email) => (email === "" ? {} : { budget: { monthlyUsd: 1, emails: [email] } }),
  });
  const budget = await answer({
    flag: "budget",
    question: email === "" ? undefined : "Monthly budget in US dollars that it is told of (empty: none)",
    suggestion: "",
    check: (budget) => {
      if (budget === "") return {};
      if (!/^\d+(\.\d+)?$/.test(budget)) return "It is a number of US dollars, such as 50.";
      if (email === "") return "Somebody has to be told: give --alarms-email as well.";
      return { budget: { monthlyUsd: Number(budget), emails: [email] } };
    },
  });
  return {
    alarmsEmail: email === "" ? undefined : email,
    budgetUsd: budget === "" ? undefined : Number(budget),
  };
}

/** `123456789012`, or `dev=123456789012,production=210987654321`. */
function accountOf(text: string | undefined): Answers["account"] {
  if (text === undefined || !text.includes("=")) return text;
  return Object.fromEntries(words(text).map((one) => one.split("=", 2) as [string, string]));
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function inOrder(names: readonly string[]): readonly EnvironmentName[] {
  return (["dev", "staging", "production"] as const).filter((name) => names.includes(name));
}
