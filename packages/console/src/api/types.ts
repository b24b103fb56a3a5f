import type { operations } from "./schema.gen.ts";

type Json<R> = R extends { content: { "application/json": infer B } } ? B : never;
type Responses<O extends keyof operations> = operations[O]["responses"];

/** What an operation answers with when it succeeds. */
export type AnswerOf<O extends keyof operations> =
  | (Responses<O> extends { 200: infer R } ? Json<R> : never)
  | (Responses<O> extends { 201: infer R } ? Json<R> : never)
  | (Responses<O> extends { 202: infer R } ? Json<R> : never);

/** What an operation takes. */
export type BodyOf<O extends keyof operations> = operations[O] extends {
  requestBody: { content: { "application/json": infer B } };
}
  ? B
  : never;

export type Me = AnswerOf<"getMe">;
export type Organization = Me["organizations"][number];
export type Agent = AnswerOf<"getAgent">;
export type Model = AnswerOf<"listModels">["items"][number];
export type Tool = AnswerOf<"listTools">["items"][number];
export type Conversation = AnswerOf<"getConversation">;
export type Participant = Conversation["participants"][number];
export type Message = AnswerOf<"getMessage">;
export type MessagePage = AnswerOf<"listMessages">;
export type Attachment = AnswerOf<"uploadAttachment">;
export type MessageAttachment = NonNullable<Message["attachments"]>[number];
export type ToolUse = NonNullable<Message["toolUses"]>[number];
type FoundMessage = AnswerOf<"searchMessages">["items"][number];
/** The client makes plain arrays of pairs. */
export type Found = Omit<FoundMessage, "snippet"> & {
  readonly snippet: { readonly text: string; readonly highlights: readonly (readonly number[])[] };
};
export type Notification = AnswerOf<"listNotifications">["items"][number];
export type ApiKey = AnswerOf<"listKeys">["items"][number];
export type Scope = ApiKey["scopes"][number];
export type Session = AnswerOf<"listSessions">["items"][number];
export type Member = AnswerOf<"listMembers">["items"][number];
export type Invitation = AnswerOf<"listInvitations">["items"][number];
