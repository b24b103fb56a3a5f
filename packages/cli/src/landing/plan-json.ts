import { type Plan, priceDates, verdictOf } from "./plan.ts";

/** A plan as programs read it. What is known only when deployed is left out. */
export function planJson(plan: Plan): Readonly<Record<string, unknown>> {
  const { app, topology, stacks, bill, further, programs, findings } = plan;
  const { refusals, warnings, ok } = verdictOf(plan);
  return {
    ok,
    ...(ok ? {} : { error: { code: "plan_refused", message: "Something is refused, or a finding has no reason." } }),
    app: app.name,
    environment: app.environment,
    topology: app.topology,
    region: app.region,
    drawing: topology,
    stacks,
    price: { ...bill, currency: "USD", dates: priceDates(bill) },
    choices: further,
    programs: programs.map(({ program, permissions }) => ({
      program,
      may: permissions.map(({ sid, may, actions }) => ({ sid, may, actions })),
    })),
    ...(findings === undefined ? { checks: "left out" } : { checks: findings }),
    refusals,
    warnings,
  };
}
