import { Writable } from "node:stream";
import { type Io, type Paint, painter, type Style } from "../io.ts";

/** Takes the server's JSON log lines and prints them for a person at a terminal. Where it listens the banner says. */
export function prettyLog(io: Io): Writable {
  const paint = painter(io.err, io.env);
  return new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      for (const line of String(chunk).split("\n")) io.err.write(prettyLine(line, paint));
      done();
    },
  });
}

interface LogLine {
  readonly level?: string;
  readonly time?: string;
  readonly message?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly err?: { readonly message?: string };
}

const styles: Readonly<Record<string, Style>> = { warn: "yellow", error: "red", fatal: "red" };

function prettyLine(text: string, paint: Paint): string {
  const line = parse(text);
  if (line === undefined) return text === "" ? "" : `${text}\n`;
  const { level = "info", time, message = "", err } = line;
  if (message.startsWith("listening at ")) return "";
  const clock = time === undefined ? "" : new Date(time).toTimeString().slice(0, 8);
  const said = line.route === undefined ? message : `${line.method} ${line.route} ${line.status} ${line.ms} ms`;
  const what = err?.message === undefined ? said : `${said}: ${err.message}`;
  const style = styles[level];
  if (style === undefined) return `${paint("dim", `  ${clock}  ${what}`)}\n`;
  return `  ${paint("dim", clock)}  ${paint(style, level)} ${what}\n`;
}

function parse(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}
