import type { Requirement } from "../requirement.ts";

export const apiRequirements: readonly Requirement[] = [];
