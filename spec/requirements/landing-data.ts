import type { Requirement } from "../requirement.ts";

export const landingDataRequirements: readonly Requirement[] = [];
