/** What an adapter asks of AWS, as one statement of a policy: the actions as IAM names them, and on what. */
export interface Need<Kind extends string = string> {
  /** Stable, letters and digits only. */
  readonly sid: string;
  /** In plain words, after "may". */
  readonly may: string;
  readonly actions: readonly string[];
  /** The kinds of things it is about; who grants it knows which they are. */
  readonly on: readonly Kind[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Actions that no run of the product shows, each with why it is needed nevertheless. */
  readonly unused?: Readonly<Record<string, string>>;
}
