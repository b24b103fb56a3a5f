import type { Requirement } from "../requirement.ts";

export const modelRequirements: readonly Requirement[] = [];
