import type { Requirement } from "../requirement.ts";

export const landingConfigRequirements: readonly Requirement[] = [];
