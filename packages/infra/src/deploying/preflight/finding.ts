/** What was found before anything is changed. Only `failed` keeps a deployment from going on. */
export interface PreflightFinding {
  readonly check: string;
  readonly state: "ok" | "warning" | "failed";
  readonly text: string;
  /** The command or setting that mends it. */
  readonly mend?: string;
}

export function ok(check: string, text: string): PreflightFinding {
  return { check, state: "ok", text };
}

export function warning(check: string, text: string, mend: string): PreflightFinding {
  return { check, state: "warning", text, mend };
}

export function failed(check: string, text: string, mend: string): PreflightFinding {
  return { check, state: "failed", text, mend };
}
