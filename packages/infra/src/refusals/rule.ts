import type { Design } from "./design.ts";
import type { FactTopic } from "./topics.ts";

/** Where a rule found what it looks for. */
export interface Found {
  /** A resource by its path, or a setting of `aloft.config.ts`. */
  readonly where: string;
  /** What is there, in one sentence. */
  readonly what: string;
}

/**
 * A design that AWS does not carry (`refusal`), or one that works and is regretted (`warning`). What a
 * refusal describes fails when it is deployed or when it is used; where a rule errs about an app, its configuration says why.
 */
export interface Rule {
  /** Lower-case words and hyphens; stable. */
  readonly id: string;
  readonly level: "refusal" | "warning";
  /** The topic that it belongs to. */
  readonly row: FactTopic;
  /** What is true of AWS, in one or two sentences. */
  readonly fact: string;
  /** A page of AWS, or of who else decides it. */
  readonly evidence: string;
  readonly instead: string;
  /** AWS itself turns it down: no configuration answers it. */
  readonly final?: true;
  readonly find: (design: Design) => readonly Found[];
}
