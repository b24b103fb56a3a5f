import { expect, test } from "vitest";
import { stateByRevision, stateByRollout } from "./redeploy.ts";

test("[landing.compute.redeploy] new tasks of a rolling deployment are waited for by its rollout", () => {
  const deployments = (rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED", id = "new") => [
    { id: "old", status: "ACTIVE", rolloutState: "COMPLETED" as const },
    { id, status: "PRIMARY", rolloutState },
  ];
  expect(stateByRollout(deployments("IN_PROGRESS"), "new")).toBe("going");
  expect(stateByRollout(deployments("COMPLETED"), "new")).toBe("done");
  expect(stateByRollout(deployments("FAILED"), "new")).toBe("failed");
  expect(stateByRollout(deployments("COMPLETED", "taken-back"), "new")).toBe("failed");
});

test("[landing.compute.redeploy] those of a blue/green one by the newest deployment of the service", () => {
  expect(stateByRevision([])).toBe("going");
  expect(stateByRevision([{ status: "IN_PROGRESS" }, { status: "SUCCESSFUL" }])).toBe("going");
  expect(stateByRevision([{ status: "SUCCESSFUL" }, { status: "ROLLBACK_SUCCESSFUL" }])).toBe("done");
  for (const status of ["ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "STOPPED"] as const) {
    expect(stateByRevision([{ status }])).toBe("failed");
  }
});
