/** Where a variable's value came from. */
export type SecretSource = "environment" | "env-file" | "secrets-manager" | "parameter-store";

/** The values of a manifest: `R` are there for sure, the rest of `V` may be missing. */
export type SecretValues<V extends string, R extends string> = Readonly<
  Record<R & V, string> & Partial<Record<Exclude<V, R>, string>>
>;

/**
 * The secrets of an app, loaded. A laptop's come from `.env` files, others from Secrets Manager and Parameter Store; who
 * holds this cannot tell the difference.
 */
export interface Secrets<V extends string = string, R extends string = string> extends Disposable {
  /** The last good values. A new object after every change. */
  current(): SecretValues<V, R>;
  /** The environment's name, as `{env}` spells it. */
  readonly environment: string;
  /** Where each value came from; a variable without a value is not listed. */
  sources(): Readonly<Partial<Record<V, SecretSource>>>;
  /** What is not as declared, though nothing required is missing. Never holds a value. */
  warnings(): readonly string[];
  /** Called after a refresh that changed something, with the variables that changed. @returns ends it. */
  onChange(listener: (changed: readonly V[]) => void): () => void;
  /**
   * Reads everything again, now. The environment that won at the start still wins.
   * @returns the variables that changed
   * @throws {SecretsError} it failed: `current` keeps the last good values.
   */
  refresh(): Promise<readonly V[]>;
  /** Ends the refreshing and listens to no signal any more; `current` keeps its answer. */
  close(): void;
}
