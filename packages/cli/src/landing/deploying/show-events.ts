import type { DeployEvent, OnEvent } from "@aloft/infra/deploying/deploy-event";
import { type Io, type Paint, painter } from "../../io.ts";

export interface ShowEventsOptions {
  /** One JSON object a line, with the time. */
  readonly json: boolean;
  /** No line for each resource: in CI, where nobody watches. Failures are shown all the same. */
  readonly quiet: boolean;
}

/** Tells on stderr what happens, as it happens. */
export function showEvents(io: Io, { json, quiet }: ShowEventsOptions): OnEvent {
  if (json) {
    return (event) => void io.err.write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`);
  }
  const paint = painter(io.err, io.env);
  return (event) => {
    const line = lineOf(event, paint, quiet);
    if (line !== undefined) io.err.write(`${line}\n`);
  };
}

function lineOf(event: DeployEvent, paint: Paint, quiet: boolean): string | undefined {
  switch (event.kind) {
    case "step":
      return stepLine(event, paint);
    case "resource":
      return resourceLine(event, paint, quiet);
    case "warning":
      return `${paint("yellow", "warning")} ${event.text}`;
    case "log":
      return paint("dim", `    ${event.text}`);
    default:
      return `    ${event.text}`;
  }
}

function stepLine(event: Extract<DeployEvent, { kind: "step" }>, paint: Paint): string {
  const name = event.step.padEnd(nameWidth);
  if (event.state === "begun") return `${paint("dim", "·")} ${name} ${event.text} …`;
  const sign = event.state === "done" ? paint("green", "✓") : paint("dim", "–");
  const how = event.state === "done" ? duration(event.seconds) : event.state;
  return `${sign} ${name} ${event.text} ${paint("dim", `(${how})`)}`;
}

const nameWidth = 11;

function duration(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function resourceLine(
  { resource, type, status, reason }: Extract<DeployEvent, { kind: "resource" }>,
  paint: Paint,
  quiet: boolean,
): string | undefined {
  const failed = status.endsWith("_FAILED");
  // What is begun is seen again when it has ended.
  if (!failed && (quiet || status.endsWith("_IN_PROGRESS") || type === "AWS::CloudFormation::Stack")) return undefined;
  const why = failed && reason !== undefined && reason !== "" ? `: ${reason}` : "";
  const words = status
    .toLowerCase()
    .replaceAll("_", " ")
    .replace(" complete", "d")
    .replace(/(creat|delet|updat)d$/, "$1ed");
  return `    ${failed ? paint("red", words) : words} ${resource} ${paint("dim", type)}${why}`;
}
