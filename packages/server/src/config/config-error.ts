import { AloftError } from "@aloft/core/errors";

/** One thing wrong with the environment. It holds no value but the data folder's path: any may be a secret, misplaced. */
export interface ConfigFault {
  /** The variable's name; several, joined by " and ", when they contradict each other. */
  readonly variable: string;
  readonly problem: string;
  /** What a good value looks like, as it would stand in a `.env` file. */
  readonly example: string;
}

/** The environment cannot be used. Every fault is named at once. */
export class ConfigError extends AloftError {
  readonly code = "invalid_config";
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[], options?: { readonly cause?: unknown }) {
    const lines = faults.map(({ variable, problem, example }) => `  ${variable}: ${problem} Example: ${example}`);
    super(`The configuration cannot be used:\n${lines.join("\n")}`, options);
    this.faults = faults;
  }
}
