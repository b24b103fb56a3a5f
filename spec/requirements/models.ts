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
  {
    id: "models.contract.list",
    source: "DESIGN, Ports and adapters",
    behaviour: "The models offered are listed with the default first, each id naming its provider.",
  },
  {
    id: "models.contract.text",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "Text is streamed in pieces, whole and in order, and exactly one finish with the usage ends it.",
  },
  {
    id: "models.contract.tools",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "A tool call ends a step with its parsed input; given its result, the next step answers.",
  },
  {
    id: "models.contract.abort",
    source: "issue: a whole agent backend on a laptop, 6",
    behaviour: "An abort before or in the middle of a call throws the signal's reason.",
  },
  {
    id: "models.contract.leave",
    source: "issue: a whole agent backend on a laptop, 6",
    behaviour: "A reader may leave an answer in its middle.",
  },
  {
    id: "models.contract.unknown",
    source: "issue: a whole agent backend on a laptop, Bad input",
    behaviour: "A model of an unknown provider is a typed error that names the id.",
  },
  {
    id: "models.contract.check",
    source: "issue: a whole agent backend on a laptop, 9",
    behaviour: "A check says whether the default model answers, and can be aborted.",
  },
];
