import { type Io, painter } from "../io.ts";
import type { Running } from "./start.ts";

/** What a person wants to know of a server that just started. */
export function banner(io: Io, { server, startedInMs }: Running, signInUrl: string): string {
  const paint = painter(io.out, io.env);
  const { url, dataDir, model, warnings, interruptedTurns } = server;
  const rows: (readonly [string, string])[] = [
    ["Console", paint(["cyan", "underline"], signInUrl)],
    ["", paint("dim", "signs you in as the owner: once, within 15 minutes; npx aloft link prints another")],
    ["API", `${url}/api/v1`],
    ["Docs", `${url}/docs`],
    ["Data", dataDir],
    ["Model", model],
    ...(model.startsWith("offline/") ? realModel.map((line) => ["", paint("dim", line)] as const) : []),
  ];
  const notes = [...(interruptedTurns > 0 ? [interrupted(interruptedTurns)] : []), ...warnings];
  return [
    "",
    `  ${paint(["bold", "green"], "Aloft is ready")} ${paint("dim", `in ${(startedInMs / 1000).toFixed(1)} s`)}`,
    "",
    ...rows.map(([name, value]) => `  ${paint("bold", name.padEnd(9))}${value}`),
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => `  ${paint("yellow", "!")} ${note}`)]),
    "",
    `  ${paint("dim", "Ctrl-C stops it. Everything is kept.")}`,
    "",
    "",
  ].join("\n");
}

const realModel = [
  "needs no key and says so in its answers. For a real one, put ANTHROPIC_API_KEY, OPENAI_API_KEY,",
  "GROK_API_KEY or OPENAI_BASE_URL into .env or the environment and start again",
];

function interrupted(turns: number): string {
  return turns === 1
    ? "One reply was cut off by the last stop. It is marked in its conversation, where you can retry it."
    : `${turns} replies were cut off by the last stop. They are marked in their conversations, where you can retry them.`;
}
