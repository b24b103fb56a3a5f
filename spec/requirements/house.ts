import type { Requirement } from "../requirement.ts";

export const houseRequirements: readonly Requirement[] = [
  {
    id: "house.requirements.cited",
    source: "HOUSE",
    behaviour: "A requirement that no test cites fails the suite.",
  },
  {
    id: "house.requirements.known",
    source: "HOUSE",
    behaviour: "A test that cites an unknown requirement, or a requirement id used twice, fails the suite.",
  },
];
