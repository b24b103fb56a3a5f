/** What a command says when it cannot do what was asked: one paragraph, with what to do. */
export class CliError extends Error {
  readonly code: string;
  /** 126 and 127: what shells say of a program that cannot be started, and of one that is not there. */
  readonly exitCode: 1 | 2 | 126 | 127;

  constructor(code: string, message: string, options: { exitCode?: 1 | 2 | 126 | 127; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "CliError";
    this.code = code;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The command line itself is wrong: exit code 2. */
export function usageError(code: string, message: string): CliError {
  return new CliError(code, message, { exitCode: 2 });
}
