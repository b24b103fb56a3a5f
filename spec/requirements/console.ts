import type { Requirement } from "../requirement.ts";

export const consoleRequirements: readonly Requirement[] = [];
