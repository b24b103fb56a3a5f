import type { Agent } from "../agents/agents.ts";
import { skills } from "../agents/tables.ts";
import { attachmentNotes, readAttachmentTexts } from "../attachments/notes.ts";
import type { Message } from "../conversations/tables.ts";
import type { Blobs } from "../ports/blobs.ts";
import type { ModelMessage } from "../ports/models.ts";
import type { Store } from "../ports/store.ts";

const maxPromptCharacters = 200_000;

/** The agent's instructions and what its skills add to them. */
export async function systemPrompt(store: Store, agent: Agent): Promise<string> {
  if (agent.skillIds.length === 0) return agent.instructions;
  const found = await store.getMany(
    skills,
    agent.skillIds.map((id) => ({ id })),
  );
  const added = found.flatMap((skill) =>
    skill?.organizationId === agent.organizationId ? [`# Skill: ${skill.name}\n\n${skill.content}`] : [],
  );
  return [agent.instructions, ...added].filter((part) => part !== "").join("\n\n");
}

/** Contents of attached files by id. */
export type AttachedTexts = ReadonlyMap<string, string>;

/**
 * What the short text files say that came with the conversation's messages, the newest first, as far as a prompt has room
 * for them.
 * @param history oldest first
 */
export async function attachedTexts(
  blobs: Blobs,
  history: readonly Message[],
  signal: AbortSignal,
): Promise<AttachedTexts> {
  const texts = new Map<string, string>();
  let characters = 0;
  for (const { conversationId, attachments } of history.toReversed()) {
    if (attachments === undefined || characters > maxPromptCharacters) continue;
    for (const [id, text] of await readAttachmentTexts(blobs, conversationId, attachments, signal)) {
      texts.set(id, text);
      characters += text.length;
    }
  }
  return texts;
}

/**
 * The conversation as the agent's model sees it: its own messages as the assistant's, everybody else's as a user's,
 * by name where more than two take part, with notes of the files that came with them. Failed replies are left out.
 * @param history oldest first
 */
export function promptMessages(
  agent: Pick<Agent, "id">,
  history: readonly Message[],
  texts: AttachedTexts = new Map(),
): ModelMessage[] {
  const said = history.filter(
    ({ status, text, author, attachments }) =>
      status !== "failed" && (text !== "" || attachments !== undefined) && author.kind !== "system",
  );
  const others = new Set(said.map(({ author }) => author.id).filter((id) => id !== agent.id));
  const prompt: ModelMessage[] = [];
  let characters = 0;
  for (const { author, text: words, attachments = [] } of said.toReversed()) {
    const notes = attachments.length === 0 ? [] : [attachmentNotes(attachments, texts)];
    const text = [words, ...notes].filter((part) => part !== "").join("\n\n");
    characters += text.length;
    if (characters > maxPromptCharacters && prompt.length > 0) break;
    if (author.id === agent.id) prompt.push({ role: "assistant", text });
    else prompt.push(others.size > 1 ? { role: "user", text, name: author.name } : { role: "user", text });
  }
  return prompt.reverse();
}
