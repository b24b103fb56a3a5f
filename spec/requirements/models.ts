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
  {
    id: "models.wire.text",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "Text from every provider survives any cut of its bytes, and usage is the provider's own count.",
  },
  {
    id: "models.wire.request",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "System text, named users, history, tool results, tool schemas and limits reach every provider.",
  },
  {
    id: "models.wire.tools",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "Text and several tool calls come in the provider's order, their fragmented input parsed.",
  },
  {
    id: "models.wire.bad-input",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour:
      "A tool call whose input is not a JSON object is streamed with its text as input, for the caller to refuse.",
  },
  {
    id: "models.wire.reasoning",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "Reasoning is told apart from text.",
  },
  {
    id: "models.wire.finish",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "An answer that was cut by its length or filtered says so.",
  },
  {
    id: "models.wire.reuse",
    source: "DESIGN, A turn",
    behaviour: "A connection to a provider serves one step after another.",
  },
  {
    id: "models.fault.retry",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour:
      "429, 5xx, resets and passing errors are tried again with backoff while nothing was streamed, and each retry is told.",
  },
  {
    id: "models.fault.retry-limit",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "Retries end, and the last failure is thrown.",
  },
  {
    id: "models.fault.retry-after",
    source: "https://www.rfc-editor.org/rfc/rfc9110#name-retry-after",
    behaviour: "The wait that a provider asks for is honoured; a wait beyond the limit is a failure at once.",
  },
  {
    id: "models.fault.refused",
    source: "issue: a whole agent backend on a laptop, Bad input",
    behaviour: "A refused key, model or request fails at once, saying what to check, without secrets or content.",
  },
  {
    id: "models.fault.event",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "An error event within an answer is retried before any text, and is typed after it.",
  },
  {
    id: "models.fault.cut",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "An answer reset, ended early or garbled in its middle is model_cut_off and is not begun again.",
  },
  {
    id: "models.fault.cut-early",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "An answer cut off before its first word is begun again.",
  },
  {
    id: "models.fault.timeout",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour:
      "Silence before and within an answer, and an answer too long, end in model_timeout, and the connection is closed.",
  },
  {
    id: "models.fault.slow-reader",
    source: "issue: a whole agent backend on a laptop, 6",
    behaviour: "A slow reader is not taken for a silent provider.",
  },
  {
    id: "models.fault.abort",
    source: "issue: a whole agent backend on a laptop, 6",
    behaviour: "An abort closes the connection to the provider, and ends a wait for the next attempt.",
  },
  {
    id: "models.fault.leave",
    source: "issue: a whole agent backend on a laptop, 6",
    behaviour: "A reader who leaves closes the connection to the provider.",
  },
  {
    id: "models.fault.check",
    source: "issue: a whole agent backend on a laptop, 9",
    behaviour: "A check fails at once with the typed error of the call.",
  },
  {
    id: "models.fault.unreachable",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "A provider that cannot be reached is model_unreachable with the system's reason.",
  },
  {
    id: "models.fault.not-configured",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "A model whose provider lacks its key names the variable to set.",
  },
  {
    id: "models.fault.quota",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "An account without credit is told apart from too many requests.",
  },
  {
    id: "models.fault.key-sent",
    source: "HOUSE",
    behaviour: "A key is sent in the provider's own header and nowhere else.",
  },
  {
    id: "models.backoff.delay",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "Pauses between attempts double with jitter, within a limit, and only for faults that pass.",
  },
  {
    id: "models.bedrock.credentials",
    source: "DESIGN, Ports and adapters",
    behaviour:
      "Bedrock's credentials come from the environment or the container's role, renewed before they end, without the AWS SDK.",
  },
  {
    id: "models.fault.slow-provider",
    source: "issue: a whole agent backend on a laptop, 7",
    behaviour: "An answer may take longer than the limit on silence, as long as parts of it keep coming.",
  },
];
