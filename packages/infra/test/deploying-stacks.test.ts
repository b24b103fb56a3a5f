import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stackResources } from "@aloft/infra/deploying/stack-state";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
});

const member = (id: number) =>
  `<member><LogicalResourceId>R${id}</LogicalResourceId><PhysicalResourceId>p${id}</PhysicalResourceId>` +
  "<ResourceType>AWS::SQS::Queue</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>" +
  "<LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp></member>";

test("[landing.deploy.resources.paged] what is in a stack is read page by page to its end", async () => {
  const pages = [100, 100, 30];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const asked = new URLSearchParams(text);
      const page = Number(asked.get("NextToken") ?? 0);
      const members = Array.from({ length: pages[page] ?? 0 }, (_, index) => member(page * 100 + index)).join("");
      const next = page + 1 < pages.length ? `<NextToken>${page + 1}</NextToken>` : "";
      const action = asked.get("Action") ?? "";
      response.setHeader("content-type", "text/xml");
      response.end(
        `<${action}Response><${action}Result><StackResourceSummaries>${members}</StackResourceSummaries>${next}</${action}Result></${action}Response>`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const found = await stackResources("us-east-1", "chat-dev-data");
    expect(found).toHaveLength(230);
    expect(found[229]).toEqual({
      logicalId: "R229",
      physicalId: "p229",
      type: "AWS::SQS::Queue",
      status: "CREATE_COMPLETE",
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
