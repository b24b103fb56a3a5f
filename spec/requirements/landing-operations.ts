import type { Requirement } from "../requirement.ts";

export const landingOperationsRequirements: readonly Requirement[] = [];
