import type { StackPart } from "../stacks/aloft-stack.ts";

/** The steps of a deployment, in order. */
export const deploySteps = [
  "preflight",
  "changes",
  "network",
  "data",
  "image",
  "secrets",
  "cluster",
  "migration",
  "guard",
  "compute",
  "smoke-test",
  "monitoring",
  "access",
  "finish",
] as const;
export type DeployStep = (typeof deploySteps)[number] | "destroy" | "bootstrap";

/** What happens while something is deployed or destroyed, as it happens. */
export type DeployEvent =
  | { readonly kind: "step"; readonly step: DeployStep; readonly state: "begun"; readonly text: string }
  | {
      readonly kind: "step";
      readonly step: DeployStep;
      readonly state: "done" | "skipped" | "unchanged";
      readonly text: string;
      readonly seconds: number;
    }
  | {
      readonly kind: "resource";
      readonly part: StackPart | undefined;
      readonly stack: string;
      readonly resource: string;
      readonly type: string;
      readonly status: string;
      readonly reason: string | undefined;
    }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "warning"; readonly text: string }
  /** A line of a program: of the image's build, or of the migration. */
  | { readonly kind: "log"; readonly text: string };

export type OnEvent = (event: DeployEvent) => void;

/** Tells of a step when it begins and when it ends. */
export async function stepping<T>(
  onEvent: OnEvent,
  step: DeployStep,
  text: string,
  run: () => Promise<{ readonly value: T; readonly state?: "done" | "skipped" | "unchanged"; readonly text?: string }>,
): Promise<T> {
  const started = performance.now();
  onEvent({ kind: "step", step, state: "begun", text });
  const ended = await run();
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  onEvent({ kind: "step", step, state: ended.state ?? "done", text: ended.text ?? text, seconds });
  return ended.value;
}
