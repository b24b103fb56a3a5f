import type { Requirement } from "../requirement.ts";

type Row = readonly [id: string, behaviour: string];

const rows: readonly Row[] = [
  ["whole", "Every resource of a template has a line: its price, why it costs nothing, or that it is not priced."],
  ["known", "Nothing in the topologies, in any environment and with any option, is left without a price or a reason."],
  ["line", "A line says its stack, logical ids, type and plain words, and its quantity × unit price is its amount."],
  ["exact", "Amounts are added without what floating point leaves: the totals are the sums of the lines."],
  ["solo", "The price of solo is within 5 % of a bill computed by hand, at idle and in use."],
  ["relational", "So is that of relational, on RDS and on Aurora."],
  ["library", "So is that of library."],
  ["idle", "solo with all compute in private subnets costs at most 45 USD a month at idle."],
  ["facts", "What AWS's own pages say of NAT, load balancers, addresses, endpoints and ACUs is what is priced."],
  [
    "tasks",
    "Tasks are counted from the least of the scaling; in use more are added if the load needs them, up to the most.",
  ],
  [
    "intrinsics",
    "References, imports and conditions are followed across templates; what only deployment decides is unknown.",
  ],
  [
    "network",
    "NAT instances, gateways, addresses, disks and endpoints are priced by how many there are, endpoints by zone.",
  ],
  [
    "database",
    "RDS is priced by class, storage and standby; Aurora by its least capacity, and never as paused under a task.",
  ],
  [
    "operations",
    "Alarms are priced by metric; logs by what is taken in and kept; keys, secrets, firewalls by number and use.",
  ],
  ["free", "What AWS always gives for nothing is named and counted once for the app; what new accounts get is not."],
  ["load", "`--load` changes any number of the load; a name or number that cannot be is refused, every fault at once."],
  ["table", "Each price has a date and a source, and says whether AWS itself was read."],
  ["regions", "What is not known of a region is priced as in us-east-1, and the line says so."],
  ["cheaper", "What costs much names what is cheaper, for how much and at what loss, computed from the table."],
  ["further", "What each further choice would add is told by synthesizing the app with it and pricing the difference."],
  ["documented", "docs/prices.md says what is counted, what is assumed and what is left out."],
];

export const landingPriceRequirements: readonly Requirement[] = rows.map(([id, behaviour]) => ({
  id: `landing.price.${id}`,
  source: "issue 5, aloft plan",
  behaviour,
}));
