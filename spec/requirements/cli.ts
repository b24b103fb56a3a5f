import type { Requirement } from "../requirement.ts";

export const cliRequirements: readonly Requirement[] = [
  {
    id: "cli.help.examples",
    source: "issue 3",
    behaviour: "Every command's help says what it does, its usage, arguments and options, and gives examples.",
  },
  {
    id: "cli.help.narrow",
    source: "issue 5",
    behaviour:
      "Help fits the terminal's width, from 60 columns on: lines are broken between words, beside the option they belong to.",
  },
  {
    id: "cli.help.fast",
    source: "issue 3",
    behaviour: "`aloft --help` takes at most 1.5 times as long as Node takes to start on an empty file.",
  },
  { id: "cli.version", source: "issue 3", behaviour: "`aloft --version` prints the version, as JSON with `--json`." },
  {
    id: "cli.usage.refused",
    source: "issue 3",
    behaviour:
      "A command, option or value that is not known is refused with exit code 2 and what was probably meant; with `--json` as `{ok:false,error:{code,message}}`.",
  },
  {
    id: "cli.completions.shells",
    source: "issue 3",
    behaviour: "bash, zsh and fish complete commands, options and choices by a script generated from the command tree.",
  },
  {
    id: "cli.up.banner",
    source: "issue 3",
    behaviour:
      "`aloft up` prints the console's one-time link, the API, its docs, the data folder, the model in use and how to set a real one, and warnings.",
  },
  {
    id: "cli.up.log",
    source: "issue 3",
    behaviour: "At a terminal the server's log is a short line for people; anywhere else it is JSON on standard error.",
  },
  {
    id: "cli.up.signals",
    source: "issue 3",
    behaviour:
      "The first SIGINT, SIGTERM or SIGHUP closes gracefully with exit code 0, the same signal delivered twice at once counts as one, and a later second one ends the process at once.",
  },
  {
    id: "cli.up.port",
    source: "issue 3",
    behaviour:
      "A port in use is named, with `--port 0` as the way out, and with the other server's address if that is an Aloft.",
  },
  {
    id: "cli.errors.plain",
    source: "issue 3",
    behaviour:
      "What fails is said in one paragraph that tells what to do, without a stack unless DEBUG=aloft asks for it.",
  },
  {
    id: "cli.link",
    source: "issue 3",
    behaviour:
      "`aloft link` makes a new one-time link to the server that runs on the data folder, and says so if none does.",
  },
  {
    id: "cli.key.create",
    source: "issue 3",
    behaviour:
      "`aloft key create` makes a key that a running server accepts, with the scopes and lifetime asked for, and shows it once, alone on standard output.",
  },
  {
    id: "cli.key.list",
    source: "issue 3",
    behaviour:
      "`aloft key list` shows a user's keys newest first with their last use and expiry, and never a secret or its hash.",
  },
  {
    id: "cli.key.revoke",
    source: "issue 3",
    behaviour:
      "`aloft key revoke` makes a key worthless at once for a running server too, and takes a leaked key for its id.",
  },
  {
    id: "cli.key.refused",
    source: "issue 3",
    behaviour:
      "A folder without data, an unknown user, key, scope or lifetime is refused with what to do, and nothing is made.",
  },
  {
    id: "cli.doctor.sound",
    source: "issue 3",
    behaviour:
      "`aloft doctor` looks at Node, configuration, data folder, database, secret, disk, port, model and console, a line each, with exit code 0 if a start would succeed.",
  },
  {
    id: "cli.doctor.elsewhere",
    source: "issue 4",
    behaviour: "The doctor asks a store, a bucket and a KMS key whether they are there, fit, and let it in.",
  },
  {
    id: "cli.doctor.mends",
    source: "issue 3",
    behaviour: "Whatever `aloft doctor` finds wrong comes with what mends it, and a failure is exit code 1.",
  },
  {
    id: "cli.doctor.model",
    source: "issue 3",
    behaviour: "`aloft doctor` asks the model's provider with the key that is set, for at most 5 seconds.",
  },
  {
    id: "cli.secrets.same",
    source: "issue 4",
    behaviour:
      "With AWS_SECRETS_ENABLED every command that works on the server's store or keys, and the doctor, has the secrets that the server would have: DATABASE_URL need not be in the environment.",
  },
  {
    id: "cli.secrets.cause",
    source: "issue 4",
    behaviour:
      "Where a start, a command or the doctor fails for lack of a variable whose secret cannot be read, such as one that is not JSON, it names the secret and the command that mends it, and shows no value.",
  },
];
