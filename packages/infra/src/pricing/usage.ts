import type { Load } from "./load.ts";

/** AWS's month: a twelfth of a year. */
export const hoursPerMonth = 730;
const daysPerMonth = hoursPerMonth / 24;
const kilobytesPerGb = 1024 * 1024;

/** A month of a load, in the units that are paid. */
export interface Usage {
  readonly load: Load;
  readonly turns: number;
  readonly requests: number;
  readonly busyHours: number;
  /** On average over the busy hours. */
  readonly requestsPerBusySecond: number;
  /** To browsers. */
  readonly answersGb: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Looks for messages of other servers, every 3 s wherever somebody listens. */
  readonly looks: number;
  readonly storedGb: number;
  readonly uploads: number;
  readonly uploadedGb: number;
  /** To models, tools and AWS's services, out of the network. */
  readonly outGb: number;
  readonly inGb: number;
  readonly logGb: number;
  readonly traces: number;
  readonly listening: number;
}

/** What goes on while nobody does anything: AWS's own agents, pulls of images, lines of a program that only waits. */
const background = { outGb: 0.3, inGb: 0.5, logGb: 0.05 } as const;
const secondsBetweenLooks = 3;

export function usageOf(load: Load): Usage {
  const turns = load.turnsPerDay * daysPerMonth;
  const requests = turns * load.requestsPerTurn;
  const busyHours = load.busyHoursPerDay * daysPerMonth;
  const uploads = load.uploadsPerDay * daysPerMonth;
  const gb = (kilobytes: number): number => kilobytes / kilobytesPerGb;
  return {
    load,
    turns,
    requests,
    busyHours,
    requestsPerBusySecond: requests / (busyHours * 3600),
    answersGb: gb(requests * load.kilobytesPerRequest + uploads * load.kilobytesPerUpload),
    readUnits: turns * load.readUnitsPerTurn,
    writeUnits: turns * load.writeUnitsPerTurn,
    looks: (load.openConnections * busyHours * 3600) / secondsBetweenLooks,
    storedGb: gb(turns * load.kilobytesStoredPerTurn * load.monthsKept),
    uploads,
    uploadedGb: gb(uploads * load.kilobytesPerUpload * load.monthsKept),
    outGb: background.outGb + gb(turns * load.kilobytesOutPerTurn),
    inGb: background.inGb + gb(turns * load.kilobytesInPerTurn),
    logGb: background.logGb + gb(requests * load.logKilobytesPerRequest),
    traces: (requests * load.traceSharePercent) / 100,
    listening: load.openConnections,
  };
}

/** The same app while nobody uses it: everything is there, nothing is asked, and nothing is stored yet. */
export function idleUsage(load: Load): Usage {
  return usageOf({ ...load, turnsPerDay: 0, uploadsPerDay: 0, openConnections: 0, acu: 0 });
}
