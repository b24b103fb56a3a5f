import type { Requirement } from "../requirement.ts";

const row = (id: string, behaviour: string, source = "issue 4"): Requirement => ({ id, source, behaviour });

export const faultsRequirements: readonly Requirement[] = [
  row(
    "faults.proxy",
    "The proxy that tests put before a server cuts, stalls, slows, refuses, and loses answers, each as it says.",
  ),
  row(
    "faults.store.nothing-lost",
    "While the network is cut, stalled and slowed under load, every acknowledged write is there afterwards, as acknowledged.",
  ),
  row(
    "faults.store.nothing-doubled",
    "No write takes effect twice: a counter is between what was acknowledged and that with what was in doubt, a create is acknowledged once.",
  ),
  row("faults.store.atomic", "A transaction that a fault interrupts has happened whole, or not at all."),
  row(
    "faults.store.typed",
    "A write that does not get through ends, within the time budget, in an error of the port that says so.",
  ),
  row("faults.store.recovers", "When the faults are over the store works again without being opened anew."),
];
