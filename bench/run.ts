/** One thing that is measured, against a peer in the same run. */
export interface Bench {
  readonly name: string;
  /** What is aimed at, for people. */
  readonly goal: string;
  run(): Promise<{ readonly ours: number; readonly peer: number; readonly ratio: number; readonly unit: string }>;
}

/** Every path, by name, loaded when it is run. */
const paths: Readonly<Record<string, () => Promise<Bench>>> = {
  append: async () => (await import("./append.ts")).default,
  "append-searched": async () => (await import("./append.ts")).searched,
  page: async () => (await import("./page.ts")).default,
  relay: async () => (await import("./relay.ts")).default,
  stream: async () => (await import("./stream.ts")).default,
  envelope: async () => (await import("./envelope.ts")).default,
  search: async () => (await import("./search.ts")).default,
  plan: async () => (await import("./plan.ts")).default,
  "plan-unchecked": async () => (await import("./plan.ts")).unchecked,
};

const json = process.argv.includes("--json");
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = chosen.filter((name) => !(name in paths));

if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join('", "')}". There are: ${Object.keys(paths).join(", ")}.\n`);
  process.exit(2);
}
for (const name of chosen.length > 0 ? chosen : Object.keys(paths)) {
  process.stderr.write(`${name} …\n`);
  const bench = await paths[name]?.();
  if (bench === undefined) continue;
  const { ours, peer, ratio, unit } = await bench.run();
  const { goal } = bench;
  const rounded = (value: number) => Number(value.toPrecision(4));
  process.stdout.write(
    json
      ? `${JSON.stringify({ name, ours: rounded(ours), peer: rounded(peer), ratio: rounded(ratio), unit, goal })}\n`
      : `${name.padEnd(10)} ours ${rounded(ours)}  peer ${rounded(peer)}  ratio ${rounded(ratio)}  ${unit}\n           goal: ${goal}\n`,
  );
}
process.exit(0);
