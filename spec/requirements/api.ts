import type { Requirement } from "../requirement.ts";

const configRequirements: readonly Requirement[] = [
  {
    id: "config.faults.together",
    source: "issue 3, part 3",
    behaviour:
      "Every fault of the environment is reported at once, each with the variable's name, what is wrong and an example.",
  },
  {
    id: "config.faults.silent",
    source: "issue 3, part 3",
    behaviour: "No fault and no warning holds the value of a variable.",
  },
  {
    id: "config.secrets.unlogged",
    source: "issue 3, part 3",
    behaviour: "A configured secret does not reach the log, even when an error's message holds it.",
  },
  {
    id: "config.files.precedence",
    source: "issue 3, part 3",
    behaviour: "The process's environment wins over `.env.local`, which wins over `.env`.",
  },
  { id: "config.files.development", source: "issue 3, part 3", behaviour: "Only development reads `.env` files." },
  {
    id: "config.options.precedence",
    source: "issue 3, part 9",
    behaviour: "Options of the command line win over the environment.",
  },
  {
    id: "config.typos",
    source: "issue 3, part 3",
    behaviour: "A variable whose name is nearly a known one is pointed out.",
  },
  {
    id: "config.exposed",
    source: "issue 3, part 3",
    behaviour: "A server that other machines can reach starts only with a secret of its own and an https address.",
  },
  {
    id: "config.conflicts",
    source: "issue 3, part 3",
    behaviour: "Variables that contradict each other, or of which one lacks the other, are refused by their names.",
  },
  {
    id: "config.engines",
    source: "issue 4, Stores",
    behaviour: "The environment alone chooses SQLite, DynamoDB or PostgreSQL, a folder or S3, a key file or KMS.",
  },
  {
    id: "config.models.choice",
    source: "issue 3, What a newcomer does",
    behaviour:
      "The provider with a key answers; which one, when there are several, follows LLM_PROVIDER and DEFAULT_MODEL; without any, the offline model.",
  },
  {
    id: "config.folder.private",
    source: "issue 3, part 3",
    behaviour: "The data folder and the secret in it are for their owner only.",
  },
  {
    id: "config.folder.unusable",
    source: "issue 3, Bad input",
    behaviour: "A data folder that cannot be made or written to is refused, with what to do.",
  },
  {
    id: "config.secret.kept",
    source: "issue 3, part 3",
    behaviour: "On loopback a missing AUTH_SECRET is generated once and kept in the data folder.",
  },
  {
    id: "config.secret.race",
    source: "issue 3, part 3",
    behaviour: "Servers that start at the same moment agree on the generated secret.",
  },
  {
    id: "config.secret.permissions",
    source: "issue 3, part 3",
    behaviour: "A kept secret that others could read is made private again, and that is said.",
  },
  {
    id: "config.secret.damaged",
    source: "issue 3, Bad input",
    behaviour: "A damaged kept secret is refused and left untouched.",
  },
];

const httpRequirements: readonly Requirement[] = [
  {
    id: "api.routes.types",
    source: "issue 3, part 5",
    behaviour: "A route's schemas type its handler: what it is given, and what it must answer.",
  },
  {
    id: "api.input.route",
    source: "issue 3, Bad input",
    behaviour:
      "An address that is not there is a 404 that names it; one that is no URL, or has an endless id, is refused.",
  },
  {
    id: "api.input.verb",
    source: "issue 3, Bad input",
    behaviour: "A wrong method on a known address is a 405 with the methods it takes.",
  },
  {
    id: "api.input.json",
    source: "issue 3, Bad input",
    behaviour: "A body that is not JSON in UTF-8 is refused without being quoted, and none can reach into prototypes.",
  },
  {
    id: "api.input.faults",
    source: "issue 3, Bad input",
    behaviour: "Every fault of path, query and body is named at once, with where it is.",
  },
  {
    id: "api.input.stored",
    source: "issue 3, Bad input",
    behaviour: "Text that no store can hold is refused as the caller's fault.",
  },
  {
    id: "api.input.type",
    source: "issue 3, Bad input",
    behaviour: "A body of another content type than JSON is a 415.",
  },
  {
    id: "api.input.size",
    source: "issue 3, Bad input",
    behaviour: "A body over the limit is a 413, and nothing is stored.",
  },
  {
    id: "api.input.early",
    source: "issue 3, part 5",
    behaviour: "Who is not known is told so before their body is read.",
  },
  {
    id: "api.input.cursor",
    source: "issue 3, Bad input",
    behaviour: "A cursor that was made up or changed is a 400 `invalid_cursor`.",
  },
  {
    id: "api.input.http",
    source: "issue 3, Bad input",
    behaviour: "What is not HTTP, has too large headers or never arrives is answered as such, and the server goes on.",
  },
  {
    id: "api.auth.session",
    source: "issue 3, part 4",
    behaviour: "A session lives for 14 days after its last use, which is noted at most once a minute.",
  },
  {
    id: "api.auth.session-expired",
    source: "issue 3, Bad input",
    behaviour: "An expired session is told so, and its cookie is cleared.",
  },
  {
    id: "api.auth.cookie",
    source: "issue 3, part 5",
    behaviour: "The session's cookie is HttpOnly and SameSite, and under https bound to the host and Secure.",
  },
  {
    id: "api.auth.cookie-jar",
    source: "RFC 6265 section 8.5",
    behaviour: "Servers of one machine, which share the browser's cookie jar, do not sign each other's users out.",
  },
  {
    id: "api.auth.key",
    source: "issue 3, part 4",
    behaviour: "An API key may do what its scopes say, and nothing else.",
  },
  {
    id: "api.auth.key-used",
    source: "issue 3, part 4",
    behaviour: "The last use of a key is noted, at most once a minute.",
  },
  {
    id: "api.auth.key-expired",
    source: "issue 3, Bad input",
    behaviour: "An expired key is told that it has expired.",
  },
  {
    id: "api.auth.wrong",
    source: "issue 3, Bad input",
    behaviour: "A wrong key is a 401 with a challenge, and is never repeated in the answer.",
  },
  {
    id: "api.security.csrf",
    source: "issue 3, part 5",
    behaviour: "Another site's page cannot change anything with the session's cookie.",
  },
  {
    id: "api.security.host",
    source: "issue 3, part 5",
    behaviour: "On loopback the server answers to its own names only, so that no other name can be pointed at it.",
  },
  {
    id: "api.security.headers",
    source: "issue 3, part 5",
    behaviour: "Every answer carries the security headers, and no policy lets a script run that is not a file of ours.",
  },
  {
    id: "api.limits.bucket",
    source: "issue 3, part 5",
    behaviour: "A rate limit passes its burst and its rate, and never more.",
  },
  { id: "api.limits.rate", source: "issue 3, part 5", behaviour: "A 429 says when to come back." },
  {
    id: "api.limits.server",
    source: "issue 3, part 5",
    behaviour: "A server takes so many requests a second and a burst; health is not counted.",
  },
  {
    id: "api.limits.user",
    source: "issue 3, part 5",
    behaviour: "A user gets less than the server, by whatever session or key.",
  },
  {
    id: "api.limits.guesses",
    source: "issue 3, part 5",
    behaviour: "Whoever guesses sign-in links or invitation codes is soon stopped; right ones cost nothing.",
  },
  {
    id: "api.limits.concurrency",
    source: "issue 3, part 5",
    behaviour: "More requests at once than the server can handle are a 503, not a queue.",
  },
  { id: "api.limits.streams", source: "issue 3, part 5", behaviour: "A user has only so many streams open." },
  {
    id: "api.idempotency.same",
    source: "issue 3, part 5",
    behaviour: "A POST repeated under its Idempotency-Key has one effect and the same answer, byte for byte.",
  },
  {
    id: "api.idempotency.reused",
    source: "issue 3, part 5",
    behaviour: "An Idempotency-Key of another method, address or body is a 422.",
  },
  { id: "api.idempotency.owner", source: "issue 3, part 5", behaviour: "An Idempotency-Key is its sender's alone." },
  {
    id: "api.idempotency.failed",
    source: "issue 3, part 5",
    behaviour: "A request that failed leaves its Idempotency-Key free.",
  },
  {
    id: "api.idempotency.race",
    source: "issue 3, part 5",
    behaviour:
      "Of requests that race under one Idempotency-Key, over any number of servers, one has an effect and all get its answer.",
  },
  {
    id: "api.idempotency.atomic",
    source: "issue 3, part 5",
    behaviour: "The answer is kept in the transaction of the effect.",
  },
  {
    id: "api.idempotency.sealed",
    source: "issue 3, part 5",
    behaviour: "Kept answers are sealed under a key derived from AUTH_SECRET.",
  },
  {
    id: "api.idempotency.stateless",
    source: "issue 3, part 5",
    behaviour: "A POST that stores nothing gets the same answer under its Idempotency-Key too.",
  },
  {
    id: "api.idempotency.forgotten",
    source: "issue 3, part 5",
    behaviour: "An Idempotency-Key is free again after 24 hours.",
  },
  { id: "api.idempotency.key", source: "issue 3, Bad input", behaviour: "An Idempotency-Key that is none is refused." },
  {
    id: "api.answers.picked",
    source: "issue 3, part 5",
    behaviour: "Only what a route's schema names leaves the server.",
  },
  {
    id: "api.answers.location",
    source: "issue 3, part 5",
    behaviour: "A 201 says where the new thing is, and every versioned answer has its ETag.",
  },
  {
    id: "api.answers.if-match",
    source: "issue 3, part 5",
    behaviour: "If-Match changes the version seen or none; where versions are not looked at it is refused.",
  },
  { id: "api.answers.pages", source: "issue 3, part 5", behaviour: "Lists are paged by cursor in both directions." },
  {
    id: "api.errors.inner",
    source: "HOUSE, Errors",
    behaviour: "A 5xx tells the caller an id and the log the reason.",
  },
  {
    id: "api.errors.store",
    source: "HOUSE, Errors",
    behaviour: "A store that cannot be reached is a 503, which `/health/ready` says too.",
  },
  {
    id: "api.health",
    source: "issue 3, part 5",
    behaviour: "`/health` says that the process is alive, `/health/ready` that it can serve.",
  },
  {
    id: "api.log.lines",
    source: "issue 3, part 5",
    behaviour: "A request is one line of JSON with its route's pattern, status, time and user.",
  },
  {
    id: "api.log.silent",
    source: "issue 3, part 5",
    behaviour: "No address, query, body, cookie, key or name is in the log.",
  },
  {
    id: "api.log.request-id",
    source: "issue 3, part 5",
    behaviour: "A request's id is the caller's, if it is fit for a log, or a new one, and is in the answer.",
  },
  {
    id: "api.close.graceful",
    source: "issue 3, part 5",
    behaviour: "A server that closes finishes what is under way, ends its connections and takes no more.",
  },
  {
    id: "api.close.deadline",
    source: "issue 3, part 5",
    behaviour: "What does not end in time when the server closes is cut off.",
  },
  {
    id: "api.console.caching",
    source: "issue 3, part 8",
    behaviour: "The console's hashed files are cached for good, its page never without asking.",
  },
  {
    id: "api.console.fallback",
    source: "issue 3, part 8",
    behaviour: "Any address a person opens shows the console; addresses of the API never do.",
  },
  { id: "api.console.inside", source: "issue 3, part 8", behaviour: "No path leads out of the console's folder." },
  {
    id: "api.console.missing",
    source: "issue 3, part 8",
    behaviour: "A console that is not built says how to build it.",
  },
  {
    id: "api.docs.local",
    source: "issue 3, part 5",
    behaviour: "The API's documentation loads everything from this server.",
  },
  {
    id: "api.docs.problems",
    source: "RFC 9457 section 3.1.1",
    behaviour: "The type of a problem leads to a page about it.",
  },
  {
    id: "api.openapi.document",
    source: "issue 3, part 5",
    behaviour: "`/openapi.json` is OpenAPI 3.1 and describes every route.",
  },
  {
    id: "api.openapi.schemas",
    source: "issue 3, part 5",
    behaviour: "The document's schemas are those that validate.",
  },
  {
    id: "api.openapi.errors",
    source: "issue 3, part 5",
    behaviour: "The document names every error code that a route may answer with.",
  },
  { id: "api.openapi.security", source: "issue 3, part 5", behaviour: "The document says who may call what." },
  {
    id: "api.openapi.complete",
    source: "issue 3, part 5",
    behaviour: "Every route of the product can be described, its operation ids and parameters sound.",
  },
];

export const apiRequirements: readonly Requirement[] = [...configRequirements, ...httpRequirements];
