import { join, relative } from "node:path";
import type { ResolvedApp } from "@aloft/infra/config/resolve";
import { dockerfileText, dockerignoreLines, gitignoreLines } from "./dockerfile.ts";
import type { Wanted } from "./files.ts";
import { runbookText } from "./runbook.ts";
import { type ManifestFile, type Surroundings, textOf } from "./surroundings.ts";
import { ciWorkflow, deployWorkflow, workflowMark } from "./workflows.ts";

export interface WantedOf {
  readonly apps: readonly [ResolvedApp, ...ResolvedApp[]];
  readonly manifest: ManifestFile | undefined;
  readonly found: Surroundings;
}

/** Every file that follows from a configuration. */
export function wantedFiles({ apps, manifest, found }: WantedOf): readonly Wanted[] {
  const { folder, repositoryFolder } = found;
  const subfolder = relative(repositoryFolder, folder).replaceAll("\\", "/");
  const [app] = apps;
  const workflows = { apps, packageManager: found.packageManager, subfolder };
  const image = app.topology === "library" ? undefined : app.service.image;
  const own: Wanted[] =
    typeof image === "object"
      ? [
          { path: join(folder, image.dockerfile), text: dockerfileText(found), as: "once" },
          { path: join(folder, image.context, ".dockerignore"), text: dockerignoreLines, as: "lines" },
        ]
      : [];
  return [
    ...own,
    { path: workflowPath(found, app, subfolder, "ci"), text: ciWorkflow(workflows), as: "whole" },
    ...(app.repository === undefined
      ? []
      : [
          {
            path: workflowPath(found, app, subfolder, "deploy"),
            text: deployWorkflow(workflows),
            as: "whole",
          } as const,
        ]),
    { path: join(folder, "RUNBOOK.md"), text: runbookText({ apps, manifest }), as: "whole" },
    { path: join(folder, ".gitignore"), text: gitignoreLines, as: "lines" },
  ];
}

/** A workflow's file; beside a workflow of the same name that is not ours, and for each app of a repository its own. */
function workflowPath({ repositoryFolder }: Surroundings, app: ResolvedApp, subfolder: string, name: string): string {
  const folder = join(repositoryFolder, ".github/workflows");
  const plain = join(folder, subfolder === "" ? `${name}.yml` : `${app.name}-${name}.yml`);
  const there = textOf(plain);
  if (there === undefined || there.startsWith(workflowMark)) return plain;
  return join(folder, `aloft-${app.name}-${name}.yml`);
}
