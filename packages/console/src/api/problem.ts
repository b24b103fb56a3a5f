interface FieldFault {
  /** Of a body's part, dotted, as in `tools.0`; of a query's or a header's, with that before it. */
  readonly path: string;
  readonly message: string;
}

/** Codes of our own, for answers that never came or were not the API's. */
const unreachable = "unreachable";
const unexpected = "unexpected_answer";

/** The server's refusal (RFC 9457), or the lack of any answer. `message` is for people. */
export class Problem extends Error {
  /** 0: no answer came. */
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly faults: readonly FieldFault[];

  constructor(
    message: string,
    details: { status: number; code: string; requestId?: string | undefined; faults?: readonly FieldFault[] },
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = "Problem";
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.faults = details.faults ?? [];
  }

  /** The same request may succeed later, unchanged. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Faults of a field and of what is inside it, as one sentence each. */
  at(field: string): string | undefined {
    const found = this.faults.filter(({ path }) => path === field || path.startsWith(`${field}.`));
    return found.length === 0 ? undefined : found.map(({ message }) => message).join(" ");
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) {
    const message = "The server does not answer. Check that it is running and that you are online.";
    return new Problem(message, { status: 0, code: unreachable }, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Problem(message, { status: 0, code: unexpected }, { cause: error });
}

function inBody({ path, message }: FieldFault): FieldFault {
  return { path: path.replace(/^body\./, ""), message };
}

interface Answered {
  readonly status: number;
  readonly statusText: string;
}

/** The refusal in the text of an answer. */
export function problemOfAnswer(text: string, answered: Answered): Problem {
  try {
    return readProblem(JSON.parse(text), answered);
  } catch {
    return readProblem(undefined, answered);
  }
}

function readProblem(body: unknown, { status, statusText }: Answered): Problem {
  if (typeof body === "object" && body !== null && "code" in body && "detail" in body) {
    const { code, detail, requestId, errors } = body as Record<string, unknown>;
    return new Problem(String(detail), {
      status,
      code: String(code),
      requestId: typeof requestId === "string" ? requestId : undefined,
      faults: Array.isArray(errors) ? (errors as FieldFault[]).map(inBody) : [],
    });
  }
  return new Problem(`The server answered ${status} ${statusText}.`, { status, code: unexpected });
}

/**
 * The body of an answer.
 * @throws {Problem} the server refused, or did not answer.
 */
export async function answer<T>(
  call: Promise<{ data?: T | undefined; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw problemOf(cause);
  });
  if (!response.ok) throw readProblem(error, response);
  return data as T;
}
