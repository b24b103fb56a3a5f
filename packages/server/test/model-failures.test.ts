import { expect, test } from "vitest";
import { startBackend, until } from "./support/backend.ts";

test("[landing.watch.model-errors] a reply that fails for its model is a line with the code alone", async () => {
  await using backend = await startBackend();
  const agent = await backend.owner.post("/api/v1/agents", { name: "Unlucky" });
  const made = await backend.owner.post("/api/v1/conversations", { agentIds: [agent.body.id] });
  const path = `/api/v1/conversations/${made.body.id}/messages`;
  await backend.owner.post(path, { text: "fail with model_key_refused" });
  const failures = () =>
    backend
      .log()
      .split("\n")
      .filter((line) => line.includes("model failed"))
      .map((line) => JSON.parse(line) as unknown);
  await until(() => failures().length > 0 || undefined);
  expect(failures()).toEqual([
    { level: "warn", time: expect.any(String), code: "model_key_refused", message: "model failed" },
  ]);
});
