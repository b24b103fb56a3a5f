import type { StackPart } from "../stacks/aloft-stack.ts";

export type CheckTool = "cdk-nag" | "cfn-guard" | "cfn-lint" | "aloft";

/** Something that a rule says of a resource. */
export interface Finding {
  readonly tool: CheckTool;
  /** As reasons name it, such as `AwsSolutions-S1`. */
  readonly rule: string;
  readonly stack: StackPart;
  /** The resource in the stack's template; empty if it is about the whole template. */
  readonly logicalId: string;
  /** The construct, from the stack on: `Data/Blobs/Resource`. */
  readonly path: string;
  readonly level: "error" | "warning";
  /** What is wrong, in the rule's words. */
  readonly message: string;
  /** Why it is accepted, said beside the resource. Without one it has to be mended. */
  readonly reason?: string;
}

/** A finding as a tool has it, before it is known where it belongs. */
export type Draft = Pick<Finding, "tool" | "rule" | "level" | "message"> &
  ({ readonly path: string } | { readonly stack: StackPart; readonly logicalId: string });
