import { InvalidError, type Issue } from "@aloft/core/errors";
import type { Services } from "../../services.ts";

/**
 * Refuses tools and models that this server does not have.
 * @throws {InvalidError} naming each, and what there is instead.
 */
export function checkChoices(
  { models, tools }: Services,
  chosen: { readonly tools?: readonly string[] | undefined; readonly model?: string | null | undefined },
): void {
  const names = tools.map((tool) => tool.description.name);
  const issues: Issue[] = (chosen.tools ?? []).flatMap((tool, i) =>
    names.includes(tool)
      ? []
      : [{ path: `tools.${i}`, message: `There is no tool "${tool}". There are: ${names.join(", ")}.` }],
  );
  const provider = chosen.model?.split("/")[0];
  const providers = [...new Set(models.list().map((model) => model.provider))];
  if (provider !== undefined && !providers.includes(provider)) {
    const message = `No provider "${provider}" is configured. Models are named provider/model; there are: ${providers.join(", ")}.`;
    issues.push({ path: "model", message });
  }
  if (issues.length > 0) throw new InvalidError("The agent asks for what this server does not have.", issues);
}
