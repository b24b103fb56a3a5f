import type { Requirement } from "../requirement.ts";

const bad = "issue 5: Bad input";
const config = "issue 5: a typed aloft.config.ts";

export const landingConfigRequirements: readonly Requirement[] = [
  {
    id: "landing.config.found",
    source: config,
    behaviour:
      "The configuration is found in the folder or by `--config`; where there is none, `aloft init` is named, and where there are two, both.",
  },
  {
    id: "landing.config.broken",
    source: bad,
    behaviour:
      "A configuration that cannot be loaded says why and in which line; one that imports what is not installed, what to install.",
  },
  {
    id: "landing.config.module",
    source: "issue 5",
    behaviour:
      "`aloft.config.ts`, and TypeScript files that it imports, load in a project whose package.json says commonjs, as `npm init` writes it.",
  },
  {
    id: "landing.config.environment",
    source: config,
    behaviour: "The only environment is taken; of several one has to be named, and a name that is near is suggested.",
  },
  {
    id: "landing.config.faults",
    source: bad,
    behaviour: "Every fault is named at once, each with its path and what would be right.",
  },
  {
    id: "landing.config.name",
    source: bad,
    behaviour: "A name that is too long, or that AWS would not take, is refused with how long it may be.",
  },
  {
    id: "landing.config.zone",
    source: bad,
    behaviour: "A domain without its zone, or with another one's, is refused with the zone's name.",
  },
  {
    id: "landing.config.budget",
    source: bad,
    behaviour: "A budget of 0 or less, or one that tells nobody, is refused.",
  },
  {
    id: "landing.config.exclude",
    source: bad,
    behaviour: "Options that exclude each other, or that a topology does not have, are refused with both names.",
  },
  {
    id: "landing.config.defaults",
    source: config,
    behaviour: "An environment's settings go over those of all; production protects data and has a firewall.",
  },
  {
    id: "landing.config.extend.copy",
    source: "issue 5",
    behaviour:
      "Constructs of another copy of aws-cdk-lib, which the checks would not see, are refused with what mends it.",
  },
  {
    id: "landing.config.extend",
    source: config,
    behaviour: "`extend` is given the stacks when all are made; its failure is told as the configuration's.",
  },
];
