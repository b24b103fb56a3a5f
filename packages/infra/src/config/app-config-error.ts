import { AloftError, type Issue } from "@aloft/core/errors";

/** The configuration cannot be used; every fault is named. */
export class AppConfigError extends AloftError {
  readonly code = "app_config";
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[], options?: { cause?: unknown }) {
    super(
      `aloft.config.ts cannot be used:\n${issues.map(({ path, message }) => `  ${path === "" ? "" : `${path}: `}${message}`).join("\n")}`,
      options,
    );
    this.issues = issues;
  }
}
