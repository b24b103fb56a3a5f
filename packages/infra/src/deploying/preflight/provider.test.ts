import { expect, test } from "vitest";
import { providerFinding } from "./provider.ts";

test("[landing.compute.provider] GitHub's tokens are made known once, and used where they are", () => {
  expect(providerFinding("create", false).state).toBe("ok");
  expect(providerFinding("existing", true).state).toBe("ok");
  expect(providerFinding("create", true)).toMatchObject({
    state: "failed",
    mend: expect.stringContaining('"existing"'),
  });
  expect(providerFinding("existing", false)).toMatchObject({
    state: "failed",
    mend: expect.stringContaining('"create"'),
  });
});
