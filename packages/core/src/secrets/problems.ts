import { AloftError } from "../errors.ts";

/** What is wrong, told apart. `not_set`: AWS was not to be asked, and nothing else had it. */
export type SecretFault =
  | "unreachable"
  | "region"
  | "credentials_missing"
  | "credentials_expired"
  | "credentials_refused"
  | "batch_denied"
  | "read_denied"
  | "write_denied"
  | "key_denied"
  | "throttled"
  | "failed"
  | "not_found"
  | "pending_deletion"
  | "binary"
  | "too_large"
  | "empty"
  | "not_json"
  | "key_missing"
  | "wrong_type"
  | "changed_meanwhile"
  | "not_set";

/** One thing that keeps variables from being filled. Never holds a value. */
export interface SecretProblem {
  readonly fault: SecretFault;
  /** The secret's name in AWS; undefined if the fault is not one secret's. */
  readonly secret: string | undefined;
  /** The key of a JSON secret. */
  readonly key: string | undefined;
  readonly variables: readonly string[];
  readonly region: string | undefined;
  /** What is wrong, and where. */
  readonly message: string;
  /** The command or setting that mends it. */
  readonly mend: string;
}

const passing: ReadonlySet<SecretFault> = new Set(["unreachable", "throttled", "failed", "changed_meanwhile"]);

/** Required variables stayed empty, or AWS could not be asked. `problems` names every fault at once. */
export class SecretsError extends AloftError {
  readonly code = "secrets";
  readonly problems: readonly SecretProblem[];
  override readonly retryable: boolean;

  constructor(heading: string, problems: readonly SecretProblem[]) {
    super([heading, ...problems.map(problemLine)].join("\n"));
    this.problems = problems;
    this.retryable = problems.every(({ fault }) => passing.has(fault));
  }
}

/** A problem on one line: the variables that it leaves empty, what is wrong, and what mends it. */
export function problemLine({ variables, message, mend }: SecretProblem): string {
  const what = variables.length === 0 ? "" : `${variables.join(", ")}: `;
  return `  ${what}${message} ${mend}`;
}
