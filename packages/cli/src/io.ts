import { styleText } from "node:util";

export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Where a command reads and prints. */
export interface Io {
  readonly out: Sink;
  readonly err: Sink;
  readonly env: NodeJS.ProcessEnv;
  /** Asks a question and gives the answer. Default: at the terminal, if there is one. */
  readonly ask?: (question: string) => Promise<string>;
}

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Colours for a sink that shows them: a terminal, unless NO_COLOR is set; anything, if FORCE_COLOR is. */
export function painter(sink: Sink, env: NodeJS.ProcessEnv): Paint {
  const wanted =
    env["FORCE_COLOR"] === undefined ? sink.isTTY === true && env["TERM"] !== "dumb" : env["FORCE_COLOR"] !== "0";
  if (!wanted || (env["NO_COLOR"] ?? "") !== "") return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** One value on one line, for programs. */
export function printJson(io: Io, value: unknown): void {
  io.out.write(`${JSON.stringify(value)}\n`);
}
