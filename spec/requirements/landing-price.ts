import type { Requirement } from "../requirement.ts";

export const landingPriceRequirements: readonly Requirement[] = [];
