import type { Requirement } from "../requirement.ts";

export const landingPlanRequirements: readonly Requirement[] = [];
