import type { Requirement } from "../requirement.ts";

export const landingComputeRequirements: readonly Requirement[] = [];
