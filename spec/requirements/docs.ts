import type { Requirement } from "../requirement.ts";

export const docsRequirements: readonly Requirement[] = [
  {
    id: "docs.configuration",
    source: "issue 3 part 3",
    behaviour: "Every variable that the server reads is documented, and no other.",
  },
  {
    id: "docs.events",
    source: "issue 3 part 6",
    behaviour: "Every kind of event is documented.",
  },
];
