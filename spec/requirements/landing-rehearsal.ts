import type { Requirement } from "../requirement.ts";

export const landingRehearsalRequirements: readonly Requirement[] = [];
