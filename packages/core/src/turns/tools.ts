import { z } from "zod";
import type { Store } from "../ports/store.ts";
import type { ToolDescription } from "../ports/models.ts";
import { messages } from "../conversations/tables.ts";
import type { Json } from "../values.ts";
import { highlight, snippet } from "../tables/text.ts";

/** What a tool may know of where it is called. */
export interface ToolContext {
  readonly store: Store;
  readonly conversationId: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** Something an agent can call. `run` gets input that fits the schema, and what it throws is told to the model. */
export interface Tool {
  readonly description: ToolDescription;
  run(context: ToolContext, input: unknown): Promise<Json>;
}

/** A tool from its zod schema: the model sees the JSON Schema, `run` gets the parsed input. */
export function defineTool<S extends z.ZodObject>(options: {
  readonly name: string;
  readonly description: string;
  readonly input: S;
  readonly run: (context: ToolContext, input: z.output<S>) => Promise<Json>;
}): Tool {
  const { name, description, input, run } = options;
  return {
    description: { name, description, inputSchema: z.toJSONSchema(input, { target: "draft-2020-12" }) },
    run(context, given) {
      const parsed = input.safeParse(given);
      if (!parsed.success) throw new TypeError(`Wrong input: ${z.prettifyError(parsed.error)}`);
      return run(context, parsed.data);
    },
  };
}

const currentTime = defineTool({
  name: "current_time",
  description: "Tells the current date and time, in UTC and in a time zone if one is named.",
  input: z.object({ timeZone: z.string().max(64).optional().describe("An IANA time zone, such as Europe/Berlin") }),
  async run({ now }, { timeZone }) {
    const utc = now().toISOString();
    if (timeZone === undefined) return { utc };
    return { utc, timeZone, local: now().toLocaleString("en-GB", { timeZone, dateStyle: "full", timeStyle: "long" }) };
  },
});

const searchConversation = defineTool({
  name: "search_conversation",
  description: "Finds earlier messages of this conversation that hold all of the given words, newest first.",
  input: z.object({ query: z.string().min(1).max(200).describe("Words to look for") }),
  async run({ store, conversationId }, { query }) {
    const found = await store.search(messages, { text: query, scopes: [conversationId], limit: 10 });
    return found.items.map(({ sequence, author, createdAt, text }) => ({
      message: sequence,
      from: author.name,
      at: createdAt,
      excerpt: snippet(text, highlight(text, query)).text,
    }));
  },
});

/** The tools that every server has. */
export const builtInTools: readonly Tool[] = [currentTime, searchConversation];
