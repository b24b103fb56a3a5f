import type { Requirement } from "../requirement.ts";

export const landingImageRequirements: readonly Requirement[] = [];
