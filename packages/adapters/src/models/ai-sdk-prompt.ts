import type {
  JSONSchema7,
  JSONValue,
  LanguageModelV3CallOptions,
  LanguageModelV3FunctionTool,
  LanguageModelV3Message,
  LanguageModelV3ToolResultPart,
  SharedV3ProviderOptions,
} from "@ai-sdk/provider";
import type { ModelMessage, ModelRequest, ToolDescription } from "@aloft/core/ports/models";

/** The request as the AI SDK's provider packages take it. Who speaks is put before a user's text. */
export function callOptions(
  request: ModelRequest,
  providerOptions: SharedV3ProviderOptions | undefined,
): LanguageModelV3CallOptions {
  return {
    prompt: promptOf(request),
    ...(request.tools.length > 0 && { tools: request.tools.map(toolOf), toolChoice: { type: "auto" } }),
    ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
    ...(providerOptions !== undefined && { providerOptions }),
  };
}

function toolOf({ name, description, inputSchema }: ToolDescription): LanguageModelV3FunctionTool {
  return { type: "function", name, description, inputSchema: inputSchema as JSONSchema7 };
}

function promptOf(request: ModelRequest): LanguageModelV3Message[] {
  const prompt: LanguageModelV3Message[] = [];
  if (request.system !== "") prompt.push({ role: "system", content: request.system });
  for (const message of request.messages) {
    const last = prompt.at(-1);
    if (message.role === "tool" && last?.role === "tool") last.content.push(resultOf(message));
    else prompt.push(...messageOf(message));
  }
  return prompt;
}

function messageOf(message: ModelMessage): LanguageModelV3Message[] {
  switch (message.role) {
    case "user": {
      const text = message.name === undefined ? message.text : `${message.name}: ${message.text}`;
      return [{ role: "user", content: [{ type: "text", text }] }];
    }
    case "tool":
      return [{ role: "tool", content: [resultOf(message)] }];
    default: {
      const calls = (message.toolCalls ?? []).map(({ id, name, input }) => ({
        type: "tool-call" as const,
        toolCallId: id,
        toolName: name,
        input: isObject(input) ? input : { invalidInput: input ?? null },
      }));
      const content = [...(message.text === "" ? [] : [{ type: "text" as const, text: message.text }]), ...calls];
      // providers refuse a message with nothing in it
      return content.length === 0 ? [] : [{ role: "assistant", content }];
    }
  }
}

function resultOf(message: Extract<ModelMessage, { role: "tool" }>): LanguageModelV3ToolResultPart {
  const failed = message.isError === true;
  return {
    type: "tool-result",
    toolCallId: message.callId,
    toolName: message.name,
    output:
      typeof message.output === "string"
        ? { type: failed ? "error-text" : "text", value: message.output }
        : { type: failed ? "error-json" : "json", value: (message.output ?? null) as JSONValue },
  };
}

/** The input of a tool call: the object that the model wrote as JSON, or its text when it is no such thing. */
export function toolInput(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    const input: unknown = JSON.parse(text);
    return isObject(input) ? input : text;
  } catch {
    return text;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
