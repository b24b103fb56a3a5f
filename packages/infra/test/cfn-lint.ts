import { basename, join } from "node:path";
import type { Draft } from "@aloft/infra/checks/finding";
import type { StackPart } from "@aloft/infra/stacks/aloft-stack";
import { run } from "../../../test/support/services/program.ts";
import { pythonEnvironment } from "../../../test/support/services/python.ts";

interface Match {
  readonly Rule: { readonly Id: string };
  readonly Level: string;
  readonly Message: string;
  readonly Filename: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

/** Ends with 0 or with a sum of these, whatever is found. */
const foundSomething = 2 + 4 + 8;

/**
 * What cfn-lint says of templates, each in the regions that it is for.
 * @returns by template, as paths were given.
 * @throws {Error} cfn-lint cannot be installed, or failed.
 */
export async function cfnLint(templatePaths: readonly string[]): Promise<ReadonlyMap<string, readonly Draft[]>> {
  const python = join(await pythonEnvironment(), "bin", "python");
  const main = "import sys; from cfnlint.runner import main; sys.argv[0] = 'cfn-lint'; main()";
  const args = ["-c", main, "--format", "json", "--", ...templatePaths];
  const { stdout } = await run(python, args, { maxBuffer: 64 * 1024 * 1024 }).catch((error: unknown) => {
    const { code, stdout: text } = error as { code?: unknown; stdout?: string };
    if (typeof code === "number" && (code & ~foundSomething) === 0 && text !== undefined) return { stdout: text };
    throw error;
  });
  const matches = JSON.parse(stdout) as readonly Match[];
  return new Map(templatePaths.map((path) => [path, matches.filter((match) => match.Filename === path).map(draft)]));
}

function draft({ Rule, Level, Message, Filename, Location }: Match): Draft {
  const [, logicalId] = Location.Path ?? [];
  return {
    tool: "cfn-lint",
    rule: Rule.Id,
    level: Level === "Error" ? "error" : "warning",
    message: Message,
    stack: basename(Filename, ".template.json") as StackPart,
    logicalId: typeof logicalId === "string" ? logicalId : "",
  };
}
