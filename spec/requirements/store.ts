import type { Requirement } from "../requirement.ts";

export const storeRequirements: readonly Requirement[] = [];
