/** What a program is allowed, as one statement of its role's policy. */
export interface Permission {
  /** Stable, letters and digits only: the statement's id. */
  readonly sid: string;
  /** In plain words, after "may": `read and write its 24 tables`. */
  readonly may: string;
  readonly actions: readonly string[];
  /** ARNs; tokens of CDK among them. */
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Actions that the end-to-end suite does not call, each with why it is granted nevertheless. */
  readonly unused?: Readonly<Record<string, string>>;
}

/** What one program is told and allowed; everything about it follows from what its code asks for. */
export interface ProgramAccess {
  /** Plain settings that name what was made: table prefix, bucket, keys. Never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly permissions: readonly Permission[];
}

/** Programs of an app: what serves, and what migrates before it. */
export type ProgramName = "server" | "migrate";
