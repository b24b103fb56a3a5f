import type { Requirement } from "../requirement.ts";

export const modelRequirements: readonly Requirement[] = [
  {
    id: "models.offline.says",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "The offline model needs no key, says that it is offline, quotes the user and is deterministic.",
  },
  {
    id: "models.offline.tools",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "The offline model calls tools over one or several steps and quotes their results and errors.",
  },
  {
    id: "models.offline.language",
    source: "DESIGN, Ports and adapters",
    behaviour:
      "A user's text can make the offline model stream long, reason, retry, end or fail in any way, for tests.",
  },
  {
    id: "models.offline.usage",
    source: "DESIGN, A turn",
    behaviour: "The offline model counts usage deterministically.",
  },
  {
    id: "models.offline.length",
    source: "DESIGN, A turn",
    behaviour: "The offline model ends with `length` where maxOutputTokens cuts its answer.",
  },
  {
    id: "models.offline.abort",
    source: "issue: a whole agent backend on a laptop, 6",
    behaviour: "The offline model never holds the process: an abort reaches it while it streams.",
  },
  {
    id: "models.offline.pace",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "The offline model streams with a pause between pieces.",
  },
  {
    id: "models.open.offline",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "Without any provider the offline model is there and the default.",
  },
  {
    id: "models.open.default",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "The default model is the one configured, else that of the first provider that is ready.",
  },
  {
    id: "models.open.refused",
    source: "issue: a whole agent backend on a laptop, 3",
    behaviour: "A default model that cannot be called is refused at start with the variable that is missing.",
  },
  {
    id: "models.open.lazy",
    source: "issue: a whole agent backend on a laptop, 1",
    behaviour: "No model SDK or AWS SDK is loaded before a model that needs it is called.",
  },
];
