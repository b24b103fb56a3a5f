/** What a check found. `mend` says what to do about anything but an `ok`. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "failed";
  readonly message: string;
  readonly mend?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, status: "ok", message };
}

export function warning(check: string, message: string, mend: string): Finding {
  return { check, status: "warning", message, mend };
}

export function failed(check: string, message: string, mend: string): Finding {
  return { check, status: "failed", message, mend };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
