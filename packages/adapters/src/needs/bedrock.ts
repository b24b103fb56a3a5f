import type { Need } from "./need.ts";

/** What a model on Bedrock is asked by. */
export const bedrockNeeds: readonly Need<"models">[] = [
  {
    sid: "Models",
    may: "ask models on Bedrock",
    actions: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
    on: ["models"],
    unused: {
      "bedrock:InvokeModel": "No emulator answers as Bedrock does; Converse needs it.",
      "bedrock:InvokeModelWithResponseStream": "No emulator answers as Bedrock does; ConverseStream needs it.",
    },
  },
];
