import type { Requirement } from "../requirement.ts";

const row = (id: string, behaviour: string, source = "issue 4"): Requirement => ({ id, source, behaviour });

export const execRequirements: readonly Requirement[] = [
  row(
    "exec.become",
    "`aloft exec` becomes the program: the same process, with its input, its descriptors as they were, and no signal ignored.",
  ),
  row(
    "exec.exit-code",
    "The program's exit code, or the signal it died of, is what whoever started `aloft exec` sees.",
  ),
  row("exec.signals", "Each signal reaches the program once, also a terminal's Ctrl-C."),
  row("exec.not-found", "A program that is not there ends with 127, one that cannot be executed with 126, saying why."),
  row("exec.scripts", "A text without an interpreter's line is run by the shell, as shells do."),
  row("exec.quiet", "Nothing of Aloft's is printed to standard output; what prepares prints to standard error."),
  row("exec.usage", "A command line that is wrong ends with 2, says what is wrong, and starts nothing."),
  row(
    "exec.fast",
    "With nothing to prepare, a start takes at most three times what bare Node takes, measured together.",
  ),
  row(
    "exec.environment",
    "The program gets the environment as it was and, in development, what `.env` files say; outside it they are not read.",
  ),
  row(
    "exec.secrets",
    "The secrets of a manifest are in the program's environment; a required one that is missing, outside development, keeps it from starting.",
  ),
  row(
    "exec.wait",
    "Waits until what `--wait-for` names answers, says every few seconds for what, and gives up at its time limit.",
  ),
  row("exec.wait.postgres", "Waits for a PostgreSQL that is not up yet until it answers a question."),
  row(
    "exec.wait.final",
    "Fails at once, with the reason and without the password, where waiting would not help: wrong password, no such database.",
  ),
  row("exec.wait.dynamodb", "With MAIN_DB_TYPE=dynamodb, waits until DynamoDB's endpoint answers."),
  row(
    "exec.migrate.files",
    "`--migrate` applies ./migrations/*.sql in order, each once and whole; a changed, missing or late file is refused by name.",
  ),
  row("exec.migrate.own", "`--migrate` before Aloft's own server brings its tables up to date."),
  row(
    "exec.migrate.once",
    "Forty instances that start together on an empty database run the migration once, and all of them start.",
  ),
  row(
    "exec.migrate.release",
    "A migration command runs again in a folder whose files differ, as those of another release do, and only then.",
  ),
  row("exec.migrate.failed", "A migration that fails keeps the program from starting, and is tried again by the next."),
  row(
    "exec.migrate.killed",
    "Who is killed while it migrates takes its command with it, and the next goes on within a second.",
  ),
  row("exec.migrate.lock-lost", "If the connection that holds the lock is lost, the command under it is stopped."),
  row(
    "exec.migrate.interrupted",
    "A signal while the migration runs ends it in its own time, then `aloft exec` by the same signal.",
  ),
  row("exec.seed.once", "A seed runs once a database, recorded by name and command only when it has succeeded."),
  row(
    "exec.examples.python",
    "examples/python-web: two instances start together, one migrates and seeds, both answer from the table, SIGTERM ends them cleanly.",
  ),
  row(
    "exec.examples.node",
    "examples/node-app: two instances start together, one migrates and seeds, both answer from the table, SIGTERM ends them cleanly.",
  ),
];
