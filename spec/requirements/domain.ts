import type { Requirement } from "../requirement.ts";

export const domainRequirements: readonly Requirement[] = [];
