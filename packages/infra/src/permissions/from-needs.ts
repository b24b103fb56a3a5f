import type { Need } from "@aloft/adapters/needs/need";
import type { Permission } from "./permission.ts";

/** The ARNs of each kind; a kind without any is not granted. */
export type Granted<Kind extends string> = Readonly<Record<Kind, readonly string[]>>;

/** Permissions are what adapters need, on what is there. */
export function permissionsFor<Kind extends string>(
  needs: readonly Need<Kind>[],
  granted: Granted<Kind>,
): Permission[] {
  return needs.flatMap(({ on, ...need }) => {
    const resources = on.flatMap((kind) => granted[kind]);
    return resources.length === 0 ? [] : [{ ...need, resources }];
  });
}
