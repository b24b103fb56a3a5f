import type { Requirement } from "../requirement.ts";

const configRequirements: readonly Requirement[] = [
  {
    id: "config.faults.together",
    source: "issue 3, part 3",
    behaviour:
      "Every fault of the environment is reported at once, each with the variable's name, what is wrong and an example.",
  },
  {
    id: "config.faults.silent",
    source: "issue 3, part 3",
    behaviour: "No fault and no warning holds the value of a variable.",
  },
  {
    id: "config.secrets.unlogged",
    source: "issue 3, part 3",
    behaviour: "A configured secret does not reach the log, even when an error's message holds it.",
  },
  {
    id: "config.files.precedence",
    source: "issue 3, part 3",
    behaviour: "The process's environment wins over `.env.local`, which wins over `.env`.",
  },
  { id: "config.files.development", source: "issue 3, part 3", behaviour: "Only development reads `.env` files." },
  {
    id: "config.options.precedence",
    source: "issue 3, part 9",
    behaviour: "Options of the command line win over the environment.",
  },
  {
    id: "config.typos",
    source: "issue 3, part 3",
    behaviour: "A variable whose name is nearly a known one is pointed out.",
  },
  {
    id: "config.exposed",
    source: "issue 3, part 3",
    behaviour: "A server that other machines can reach starts only with a secret of its own and an https address.",
  },
  {
    id: "config.conflicts",
    source: "issue 3, part 3",
    behaviour: "Variables that contradict each other, or of which one lacks the other, are refused by their names.",
  },
  {
    id: "config.engines",
    source: "issue 3, part 3",
    behaviour: "An engine that a later version brings is refused as such.",
  },
  {
    id: "config.models.choice",
    source: "issue 3, What a newcomer does",
    behaviour:
      "The provider with a key answers; which one, when there are several, follows LLM_PROVIDER and DEFAULT_MODEL; without any, the offline model.",
  },
  {
    id: "config.folder.private",
    source: "issue 3, part 3",
    behaviour: "The data folder and the secret in it are for their owner only.",
  },
  {
    id: "config.folder.unusable",
    source: "issue 3, Bad input",
    behaviour: "A data folder that cannot be made or written to is refused, with what to do.",
  },
  {
    id: "config.secret.kept",
    source: "issue 3, part 3",
    behaviour: "On loopback a missing AUTH_SECRET is generated once and kept in the data folder.",
  },
  {
    id: "config.secret.race",
    source: "issue 3, part 3",
    behaviour: "Servers that start at the same moment agree on the generated secret.",
  },
  {
    id: "config.secret.permissions",
    source: "issue 3, part 3",
    behaviour: "A kept secret that others could read is made private again, and that is said.",
  },
  {
    id: "config.secret.damaged",
    source: "issue 3, Bad input",
    behaviour: "A damaged kept secret is refused and left untouched.",
  },
];

export const apiRequirements: readonly Requirement[] = [...configRequirements];
