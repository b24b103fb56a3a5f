import type { Requirement } from "../requirement.ts";

export const landingDeployRequirements: readonly Requirement[] = [];
