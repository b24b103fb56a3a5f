import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { CfnGuardValidator } from "@cdklabs/cdk-validator-cfnguard";
import type { IConstruct } from "constructs";
import type { StackPart } from "../stacks/aloft-stack.ts";
import type { Template } from "../synthesize.ts";
import type { Draft } from "./finding.ts";

const maxOutputBytes = 256 * 1024 * 1024;

/**
 * What the proactive controls of AWS Control Tower find, by cfn-guard. It comes for Linux and macOS; elsewhere a
 * warning says that these rules were not asked.
 * @see https://docs.aws.amazon.com/controltower/latest/controlreference/proactive-controls.html
 */
export function guardDrafts(
  appConstruct: IConstruct,
  templatePaths: readonly string[],
  platform: string = process.platform,
): readonly Draft[] {
  if (platform !== "linux" && platform !== "darwin") return [unasked(platform)];
  const rules = rulesAbout(typesIn(templatePaths));
  if (rules.length === 0) return [];
  const guard = new CfnGuardValidator({ controlTowerRulesEnabled: false, rules, maxBuffer: maxOutputBytes });
  const { violations } = guard.validate({ appConstruct, templatePaths: [...templatePaths] });
  const drafts = violations.flatMap(({ ruleName, description, fix, violatingResources }) => {
    const [, control, text] = /\[(CT\.[A-Z0-9.-]+)\]:\s*(.*)/.exec(description) ?? [];
    return (violatingResources as readonly Violating[]).map(
      ({ templatePath, resourceLogicalId = "" }): Draft & { readonly logicalId: string } => ({
        tool: "cfn-guard",
        rule: control ?? ruleName,
        level: "error",
        message: text ?? fix ?? description,
        stack: basename(templatePath, ".template.json") as StackPart,
        logicalId: resourceLogicalId,
      }),
    );
  });
  // A rule that compares with what it found elsewhere names the whole template beside the resource.
  const named = new Set(drafts.filter(({ logicalId }) => logicalId !== "").map(({ rule }) => rule));
  return drafts.filter(({ logicalId, rule }) => logicalId !== "" || !named.has(rule));
}

/** A rule that compares with a list of its own names no resource, whatever its types say. */
interface Violating {
  readonly templatePath: string;
  readonly resourceLogicalId?: string;
}

function typesIn(templatePaths: readonly string[]): ReadonlySet<string> {
  const templates = templatePaths.map((path) => JSON.parse(readFileSync(path, "utf8")) as Template);
  return new Set(templates.flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type)));
}

/** Of the 237 rules those that say in their heading that they are about one of the types: all of them take seconds. */
function rulesAbout(types: ReadonlySet<string>): string[] {
  const home = dirname(createRequire(import.meta.url).resolve("@cdklabs/cdk-validator-cfnguard/package.json"));
  const folder = join(home, "rules", "control-tower", "cfn-guard");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".guard"));
  return files
    .map((file) => join(folder, file))
    .filter((file) => {
      const [, about] = /Reports on:([\s\S]*?)Evaluates:/.exec(readFileSync(file, "utf8")) ?? [];
      return about === undefined || (about.match(/AWS::\w+::\w+/g) ?? []).some((type) => types.has(type));
    });
}

function unasked(platform: string): Draft {
  const message = `cfn-guard does not run on ${platform}: the rules of Control Tower were not asked. They are on Linux and macOS.`;
  return { tool: "cfn-guard", rule: "not-run", level: "warning", message, stack: "Data", logicalId: "" };
}
