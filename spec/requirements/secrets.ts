import type { Requirement } from "../requirement.ts";

const row = (id: string, behaviour: string, source = "issue 4"): Requirement => ({ id, source, behaviour });

export const secretsRequirements: readonly Requirement[] = [
  row(
    "secrets.manifest.a1",
    "a1's secrets, one a purpose (`app/auth-secret` as plain text, `app/llm-keys` as JSON), are declared as they are, and loaded.",
    "a1, Secrets Management",
  ),
  row(
    "secrets.manifest.pixell",
    "pixell's secrets, one JSON object an environment named by a variable of its own, are declared as they are, and loaded.",
    "pixell",
  ),
  row(
    "secrets.manifest.types",
    "The names of a manifest's variables, and which are always there, are known to the type checker.",
  ),
  row(
    "secrets.manifest.refused",
    "A manifest that cannot work (a variable filled twice, an impossible name) is refused with every fault.",
  ),
  row(
    "secrets.manifest.readers",
    "The manifest says which service reads which secrets, under their names in AWS, as data.",
  ),
  row(
    "secrets.load.one-request",
    "Every secret of the product is loaded by one request; more than 20 by one request for each 20.",
  ),
  row(
    "secrets.load.environment-wins",
    "What the environment has already wins, variable by variable; an empty text counts as not set.",
  ),
  row(
    "secrets.load.parameters",
    "Plain configuration comes from Parameter Store, up to 10 parameters a request, decrypted.",
  ),
  row("secrets.load.dev", "In development `.env` and `.env.local` are read, and AWS only if AWS_SECRETS_ENABLED=true."),
  row("secrets.load.closed", "Outside development no `.env` file is read, whatever fails.", "issue 4, AWS-FACTS"),
  row(
    "secrets.load.required",
    "Required variables that are missing stop the start, all named at once with secret, key, region and what mends it.",
  ),
  row("secrets.load.optional", "Optional variables that are missing are warned of, and stop nothing."),
  row("secrets.load.unasked", "`process.env` is written only if asked for, and what it had is left as it was."),
  row("secrets.load.sealed", "No error, warning or log line holds a value."),
  row(
    "secrets.load.down",
    "With the service refusing, stalling or unreachable, or whoever gives credentials stalling, loading fails within 10 seconds with the reason.",
  ),
  row(
    "secrets.errors.apart",
    "A wrong name, region, missing, expired or refused credentials, each missing permission, a pending deletion, a binary secret, text that is no JSON, a missing key and a wrong type are told apart, each with what mends it.",
  ),
  row(
    "secrets.refresh.changes",
    "A refresh on a TTL or a signal brings changed values without a restart, and says which changed.",
  ),
  row(
    "secrets.refresh.keeps",
    "A refresh that fails keeps the last good values, warns, and is tried again with growing pauses.",
  ),
  row(
    "secrets.refresh.watch",
    "Whoever watches variables is given their new values, one call at a time, the last ones last.",
  ),
  row(
    "secrets.env-file.round-trip",
    "Any value that a `.env` file can hold is read back as it was; any other is refused by the variable's name.",
  ),
  row(
    "secrets.push.differences",
    "`aloft secrets push` shows what would change, values masked, asks, and writes only what differs.",
  ),
  row(
    "secrets.push.merge",
    "`aloft secrets push` leaves keys of a JSON secret that it does not know, and variables that the file lacks, as they are.",
  ),
  row(
    "secrets.push.conflict",
    "A secret that somebody changed between the question and the write is not overwritten: nothing of theirs is lost.",
    "house",
  ),
  row(
    "secrets.push.confirmed",
    "Nothing is written without a yes: at a terminal it is asked for, elsewhere `--yes` is needed.",
  ),
  row(
    "secrets.pull.file",
    "`aloft secrets pull` writes a file of mode 0600, over no other without `--force`, and warns if git follows the file.",
  ),
  row(
    "secrets.diff",
    "`aloft secrets diff` compares a file with an environment, or two environments, without showing a value.",
  ),
  row(
    "secrets.rotate",
    "`aloft secrets rotate` stores a new random value, keeps the one before as AWSPREVIOUS, and names who has to refresh.",
  ),
  row(
    "secrets.doctor",
    "`aloft secrets doctor` says of each secret whether name, region, credentials, permission, JSON or key is wrong, and fails if a start would.",
  ),
  row("secrets.list", "`aloft secrets list` shows what the manifest declares and what of it is there, never a value."),
  row("secrets.cli.manifest", "Every `aloft secrets` command takes a manifest of one's own, as .ts, .mjs or .json."),
  row(
    "secrets.cli.sealed",
    "No `aloft secrets` command prints a value, unless `--show-values` asks for it at a terminal.",
  ),
  row(
    "secrets.nextjs",
    "A Next.js app loads its secrets in `instrumentation.ts` by the loader alone: with them it serves, without them its start fails and names them, and with the service down it fails within 10 seconds.",
  ),
];
