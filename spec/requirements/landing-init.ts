import type { Requirement } from "../requirement.ts";

const source = "issue 5";

export const landingInitRequirements: readonly Requirement[] = [
  {
    id: "landing.init.config",
    source,
    behaviour:
      "For each topology `aloft init` writes an aloft.config.ts that says only what differs from the defaults, loads as it is, and synthesizes in each environment it names.",
  },
  {
    id: "landing.init.answers",
    source,
    behaviour:
      "At a terminal each question shows the answer it would take, and an impossible answer is told why and asked again; a flag answers its question beforehand.",
  },
  {
    id: "landing.init.unattended",
    source,
    behaviour:
      "Without a terminal nothing is asked: what has a default takes it, and the topology, which has none, is asked for by its flag.",
  },
  {
    id: "landing.init.found",
    source,
    behaviour:
      "Name, repository, program and package manager are taken from package.json, the folder, git's remote, the Dockerfile and the lock file, and the name is made a valid one.",
  },
  {
    id: "landing.init.secrets.public",
    source,
    behaviour:
      "Variables that build tools put into what browsers get, such as NEXT_PUBLIC_URL, are not declared as secrets.",
  },
  {
    id: "landing.init.refused",
    source,
    behaviour:
      "An impossible name, region, environment, account, domain, repository, address or budget is refused with the flag that gave it; so are a folder that cannot be written and a file in a folder's place, and nothing is written.",
  },
  {
    id: "landing.init.kept",
    source,
    behaviour:
      "A file that is there and differs is kept unless somebody at a terminal says yes or `--force` is given; `.gitignore` and `.dockerignore` only gain lines.",
  },
  {
    id: "landing.init.again",
    source,
    behaviour:
      "A second run changes nothing; with an aloft.config.ts that was edited meanwhile, that file counts: a flag that says otherwise is refused, and missing files are written by it.",
  },
  {
    id: "landing.init.dry-run",
    source,
    behaviour:
      "`--dry-run` says of each file what would become of it, shows what would be written, and writes nothing.",
  },
  {
    id: "landing.init.json",
    source,
    behaviour: "`--json` gives one object: the files with what became of each, what was decided, and what to do next.",
  },
  {
    id: "landing.init.stopped",
    source,
    behaviour: "Ctrl-C or the end of input at a question writes nothing; exit code 130.",
  },
  {
    id: "landing.init.workflows",
    source,
    behaviour:
      "The workflows are YAML that GitHub accepts: every action is pinned by a commit, permissions are least, only the job of an environment may ask for an identity, no job runs a pull request's code with one, and nothing from outside is put into a shell's text.",
  },
  {
    id: "landing.init.workflow-deploy",
    source,
    behaviour:
      "The deploy workflow builds one arm64 image without credentials, brings the same image to each environment in order, and deploys it by its digest, one deployment of an environment at a time.",
  },
  {
    id: "landing.init.workflow-role",
    source,
    behaviour:
      "The subject of each environment's job is exactly one that the synthesized deploy role of that environment trusts.",
  },
  {
    id: "landing.init.runbook",
    source,
    behaviour:
      "The runbook of each topology has the commands to deploy, roll back, read logs, rotate a secret, reach the database, restore and destroy, and what to do by symptom; every aloft command in it exists with the options it gives.",
  },
  {
    id: "landing.init.dockerfile",
    source,
    behaviour:
      "For a program of the user's own without a Dockerfile one is written that ends in `aloft exec` and does not run as root.",
  },
  {
    id: "landing.secrets",
    source,
    behaviour:
      "In a folder with an aloft.config.ts the commands for secrets take manifest, names and region from it, for its environments; `--manifest`, `--region` and ALOFT_SECRETS_PREFIX count before it.",
  },
  {
    id: "landing.examples.synthesized",
    source,
    behaviour: "Each example of landing is synthesized in each environment that its aloft.config.ts names.",
  },
  {
    id: "landing.examples.planned",
    source,
    behaviour:
      "The plan of each example in each environment refuses nothing, leaves no finding without a reason, and prices every resource; its README says the monthly price that the plan gives.",
  },
  {
    id: "landing.examples.python",
    source,
    behaviour:
      "The container of examples/python-on-rds builds on examples/python-web: arm64, not root, started by `aloft exec` with its migrations.",
  },
  {
    id: "landing.docs.options",
    source,
    behaviour: "docs/landing.md names every option of aloft.config.ts with its default, and none that does not exist.",
  },
  {
    id: "landing.docs.commands",
    source,
    behaviour:
      "Every aloft command in docs/landing.md and in the READMEs of the examples exists with the options it gives.",
  },
  {
    id: "landing.docs.types",
    source,
    behaviour:
      "An editor tells of a wrong configuration: an option of another topology, an unknown environment and options that exclude each other do not compile.",
  },
];
