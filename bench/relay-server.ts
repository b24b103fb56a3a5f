import { type AnswerPart, providerServer } from "@aloft/adapters/models/testing/provider-server";

/** Tokens a second of one answer, as a fast model sends them. */
const tokensPerSecond = 100;

const server = await providerServer({ otherwise: () => ({ parts: tokens() }) });
const wire = process.env["RELAY_PROVIDER"] === "openai-compatible" ? "openai-compatible" : "anthropic";
process.send?.(server.baseUrl(wire));
process.once("disconnect", () => void server.close());

/** As many as time asks for, so that a late timer does not lower the rate. */
function* tokens(): Iterable<AnswerPart> {
  const started = performance.now();
  for (let sent = 0; ; sent += 1) {
    const dueMs = (sent * 1_000) / tokensPerSecond - (performance.now() - started);
    if (dueMs > 0) yield { waitMs: dueMs };
    yield { text: ` word${sent % 1_000}` };
  }
}
