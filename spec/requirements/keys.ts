import type { Requirement } from "../requirement.ts";

const source = "issue 4, blobs, keys, secrets";
const badInput = "issue 4, bad input";

export const keysRequirements: readonly Requirement[] = [
  {
    id: "keys.seal.whole",
    source,
    behaviour: "What is sealed opens to the same bytes, from none to 1 MiB, and no byte of it shows in the envelope.",
  },
  { id: "keys.seal.fresh", source, behaviour: "The same value sealed twice gives two different envelopes." },
  {
    id: "keys.seal.limits",
    source,
    behaviour: "A value over 1 MiB, or a context that names nothing, is refused before it is sealed.",
  },
  {
    id: "keys.open.elsewhere",
    source,
    behaviour:
      "An envelope moved to another record, attribute, purpose or tenant does not open, nor with an attribute more or less.",
  },
  {
    id: "keys.open.flipped",
    source: badInput,
    behaviour: "With any one byte of an envelope flipped, it does not open, and nothing of it is given out.",
  },
  {
    id: "keys.open.cut",
    source: badInput,
    behaviour: "An envelope that was cut at any byte, or extended, does not open.",
  },
  {
    id: "keys.open.downgraded",
    source,
    behaviour:
      "A message without key commitment, or of another algorithm suite, does not open, though the same master key wrapped it.",
  },
  {
    id: "keys.open.stranger",
    source,
    behaviour: "What another master key sealed does not open, and the error names that key and what to do.",
  },
  { id: "keys.open.opaque", source, behaviour: "No error of opening holds plaintext, key material or the envelope." },
  { id: "keys.sealed-by", source, behaviour: "Which master key sealed a value is told without opening it." },
  { id: "keys.shared", source, behaviour: "What one process sealed, another with the same keys opens." },
  {
    id: "keys.calls",
    source: "issue 4, goals",
    behaviour:
      "In steady state there is at most one call of KMS in 100 seals, and one in 100 opens of what was sealed together; a hundred at once on a cold cache make one.",
  },
  {
    id: "keys.limits",
    source,
    behaviour:
      "A data key is used for a limited time, number of values and bytes, and never for two tenants or purposes.",
  },
  {
    id: "keys.rotate.readable",
    source,
    behaviour: "After a rotation, new values are sealed by the new key, and old ones open as before.",
  },
  {
    id: "keys.rotate.minimum",
    source,
    behaviour: "What was sealed below the minimum version is refused, and the error says what to do.",
  },
  {
    id: "keys.rotate.noticed",
    source,
    behaviour: "A rotation by another process is taken up by a running one without a restart.",
  },
  {
    id: "keys.rotate.together",
    source,
    behaviour: "Rotations at the same moment, by any number of processes, are each done whole.",
  },
  {
    id: "keys.reseal.whole",
    source,
    behaviour: "The re-sealing job leaves every sealed value under the current key, and what it holds as it was.",
  },
  {
    id: "keys.reseal.concurrent",
    source,
    behaviour: "What others write while it runs is never overwritten by what was there before.",
  },
  {
    id: "keys.reseal.killed",
    source,
    behaviour: "Killed at any moment, it has lost nothing, and the next run goes on where values are still to do.",
  },
  {
    id: "keys.reseal.progress",
    source,
    behaviour:
      "It tells how many it has seen, re-sealed and could not open, works no faster than told, and stops when told.",
  },
  {
    id: "keys.sign.verified",
    source,
    behaviour:
      "A signed token is verified by another library against the published keys, by its `kid`, the RFC 7638 thumbprint.",
  },
  {
    id: "keys.sign.bounded",
    source,
    behaviour: "A token without an end, or that ends later than its key is sure to be published, is refused.",
  },
  {
    id: "keys.sign.overlap",
    source,
    behaviour:
      "On rotation the new signing key is published before it signs, and the old one until the last token it signed has ended: tokens verify before, during and after.",
  },
  {
    id: "keys.jwks.route",
    source,
    behaviour:
      "`GET /.well-known/jwks.json` gives the public keys to anybody, to be kept for minutes, and nothing private.",
  },
  {
    id: "keys.file.once",
    source,
    behaviour:
      "The key file is made once, however many processes start at the same moment, readable by its owner only.",
  },
  {
    id: "keys.file.damaged",
    source,
    behaviour:
      "A key file that is damaged, no file, of newer code, or gone while in use is said so, with what to do, and never written over.",
  },
  { id: "keys.file.open", source, behaviour: "A key file that others may read is narrowed, and that is told." },
  {
    id: "keys.kms.errors",
    source: badInput,
    behaviour:
      "A wrong, disabled or deleted key, a denied action, a wrong region and KMS out of reach are each told with the key, the region, the IAM action and what to do.",
  },
  { id: "keys.kms.alias", source, behaviour: "A key is named by id, ARN or alias." },
  {
    id: "keys.check",
    source,
    behaviour: "The ready probe says whether the keys can be used, and asks KMS at most every 30 seconds.",
  },
  { id: "keys.closed", source, behaviour: "Closing twice is no error; what comes after fails as unavailable." },
  {
    id: "keys.answers.sealed",
    source,
    behaviour:
      "An answer that shows a secret once is kept sealed by the keys, bound to its record; any other is kept as it is.",
  },
  {
    id: "keys.answers.old",
    source,
    behaviour: "An answer that cannot be read any more is refused as a conflict, not done again.",
  },
  {
    id: "keys.cli.status",
    source,
    behaviour: "`aloft keys status` tells which keys there are, since when, and what losing them means.",
  },
  {
    id: "keys.cli.rotate",
    source,
    behaviour: "`aloft keys rotate` asks before it does, rotates what is named, and says what comes next.",
  },
  {
    id: "keys.cli.reseal",
    source,
    behaviour:
      "`aloft keys reseal` re-seals every declared attribute beside a running server, with progress and counts, and fails if values could not be opened.",
  },
];
