import type { Requirement } from "../requirement.ts";

export const landingInitRequirements: readonly Requirement[] = [];
