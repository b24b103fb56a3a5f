import { CliError } from "./errors.ts";

export interface Described {
  readonly code: string;
  readonly message: string;
  readonly exitCode: CliError["exitCode"];
}

/** What to tell a person about an error: its code and one paragraph, without the stack. */
export async function describeError(error: unknown): Promise<Described> {
  if (error instanceof CliError) return error;
  if (!(error instanceof Error)) return { code: "unexpected", message: unexpected(String(error)), exitCode: 1 };
  const { AloftError } = await import("@aloft/core/errors");
  if (error instanceof AloftError) return { code: error.code, message: withIssues(error), exitCode: 1 };
  return { code: "unexpected", message: unexpected(error.message), exitCode: 1 };
}

function unexpected(message: string): string {
  return `${message}\nNobody foresaw this error. DEBUG=aloft shows where it comes from.`;
}

function withIssues(error: Error): string {
  if (!("issues" in error) || !Array.isArray(error.issues) || error.issues.length === 0) return error.message;
  const lines = (error.issues as readonly { path: string; message: string }[])
    .filter(({ message }) => !error.message.includes(message))
    .map(({ path, message }) => `  ${path}: ${message}`);
  return [error.message, ...lines].join("\n");
}
