import { basename } from "node:path";
import { CfnGuardValidator } from "@cdklabs/cdk-validator-cfnguard";
import type { IConstruct } from "constructs";
import type { StackPart } from "../stacks/aloft-stack.ts";
import type { Draft } from "./finding.ts";

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
  const guard = new CfnGuardValidator({ maxBuffer: 256 * 1024 * 1024 });
  const { violations } = guard.validate({ appConstruct, templatePaths: [...templatePaths] });
  return violations.flatMap(({ ruleName, description, fix, violatingResources }) => {
    const [, control, text] = /\[(CT\.[A-Z0-9.-]+)\]:\s*(.*)/.exec(description) ?? [];
    return violatingResources.map(({ templatePath, resourceLogicalId }): Draft => ({
      tool: "cfn-guard",
      rule: control ?? ruleName,
      level: "error",
      message: text ?? fix ?? description,
      stack: basename(templatePath, ".template.json") as StackPart,
      logicalId: resourceLogicalId,
    }));
  });
}

function unasked(platform: string): Draft {
  const message = `cfn-guard does not run on ${platform}: the rules of Control Tower were not asked. They are on Linux and macOS.`;
  return { tool: "cfn-guard", rule: "not-run", level: "warning", message, stack: "Data", logicalId: "" };
}
