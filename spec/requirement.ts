export interface Requirement {
  /** `area.subject.aspect`, stable once published. */
  readonly id: string;
  /** The document, RFC section or AWS page that asks for it. */
  readonly source: string;
  /** What holds, in one sentence. */
  readonly behaviour: string;
}
