import { CliError, usageError } from "../../errors.ts";
import type { Io } from "../../io.ts";
import { type Ask, Stopped } from "./ask.ts";
import type { Surroundings } from "./surroundings.ts";

/** What the command line says, by flag. */
export interface Flags {
  readonly topology?: string | undefined;
  readonly name?: string | undefined;
  readonly region?: string | undefined;
  readonly environments?: string | undefined;
  readonly account?: string | undefined;
  readonly program?: string | undefined;
  readonly domain?: string | undefined;
  readonly dns?: string | undefined;
  readonly zone?: string | undefined;
  readonly repository?: string | undefined;
  readonly "repository-ids"?: string | undefined;
  readonly branch?: string | undefined;
  readonly "alarms-email"?: string | undefined;
  readonly budget?: string | undefined;
}

export interface Asking {
  readonly io: Io;
  readonly flags: Flags;
  readonly found: Surroundings;
  /** Undefined: nobody is there to answer. */
  readonly ask: Ask | undefined;
}

export interface Question {
  readonly flag: keyof Flags;
  /** Undefined: only its flag answers it. */
  readonly question?: string | undefined;
  /** What is taken if nothing is said. Undefined: something has to be said. */
  readonly suggestion: string | undefined;
  /** The options that an answer stands for, to be looked at; or what is wrong with it. */
  check(answer: string): Readonly<Record<string, unknown>> | string;
}

export type AskFor = (question: Question) => Promise<string>;

/** Gives the function that gets one answer, checked as the configuration itself would be. */
export async function questioner({ io, flags, ask }: Asking): Promise<AskFor> {
  const { resolveApp } = await import("@aloft/infra/config/resolve");
  const { AppConfigError } = await import("@aloft/infra/config/app-config-error");

  function fault(question: Question, answer: string): string | undefined {
    const options = question.check(answer);
    if (typeof options === "string") return options;
    const environments = options["environments"] ?? { dev: {} };
    const [first = "dev"] = Object.keys(environments);
    try {
      resolveApp({ name: "app", topology: "solo", ...options, environments }, first);
    } catch (error) {
      if (!(error instanceof AppConfigError)) throw error;
      // A library has no default secrets; what it is asked here does not depend on them.
      const issues = error.issues.filter(({ path }) => path !== "secrets");
      return issues.length === 0 ? undefined : issues.map(({ message }) => sentence(message)).join(" ");
    }
    return undefined;
  }

  return async (question) => {
    const { flag, suggestion } = question;
    const given = flags[flag];
    if (given !== undefined) {
      const wrong = fault(question, given);
      if (wrong !== undefined) throw usageError("invalid_value", `--${flag} cannot be "${given}". ${wrong}`);
      return given;
    }
    if (ask === undefined || question.question === undefined) {
      if (suggestion !== undefined) return suggestion;
      throw usageError("answer_needed", `Nobody is at a terminal to be asked: ${missing(question)}`);
    }
    const shown = suggestion === undefined || suggestion === "" ? "" : ` [${suggestion}]`;
    for (let tries = 0; tries < 20; tries++) {
      const said = await ask(`${question.question}${shown}: `);
      if (said === undefined) throw new Stopped();
      const answer = said.trim() === "" ? suggestion : said.trim();
      const wrong = answer === undefined ? "There is no default." : fault(question, answer);
      if (answer !== undefined && wrong === undefined) return answer;
      io.err.write(`  ${wrong}\n`);
    }
    throw new CliError("answer_needed", "That was no answer, twenty times. Nothing was written.");
  };
}

/** What a fault says of its option, said of the answer. */
function sentence(fault: string): string {
  return /^(has|have|is|can|cannot) /.test(fault) ? `It ${fault}` : fault;
}

function missing({ flag }: Question): string {
  if (flag === "topology") return "give --topology solo, relational or library.";
  return flag === "dns" ? "with --domain give --dns, a hosted zone's id or a certificate's ARN." : `give --${flag}.`;
}
