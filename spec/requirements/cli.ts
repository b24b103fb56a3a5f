import type { Requirement } from "../requirement.ts";

export const cliRequirements: readonly Requirement[] = [];
