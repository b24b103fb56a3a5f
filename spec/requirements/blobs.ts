import type { Requirement } from "../requirement.ts";

type Row = readonly [id: string, behaviour: string];

const rows =
  (area: string, source: string) =>
  ([id, behaviour]: Row): Requirement => ({ id: `${area}.${id}`, source, behaviour });

/** What every adapter promises: `packages/core/contract/blobs.ts` tries each. */
const contract: readonly Row[] = [
  ["put.bytes", "Bytes come back as they were put, with type, metadata, size and etag, also to whoever opens anew."],
  ["put.default-type", "Without a type a blob is application/octet-stream; an empty one is a blob."],
  ["put.stream", "A stream of unknown length is stored without being held whole."],
  ["put.large", "A blob of many parts comes back byte for byte."],
  ["put.replace", "A second put replaces bytes, type, metadata and etag."],
  ["put.checksum", "Bytes that are not those of the expected SHA-256 are refused, and nothing is stored."],
  ["put.create-only", "Under `ifNoneMatch: *` a blob that is there stays, and the put is a conflict (`exists`)."],
  ["put.race", "Of many who create one name at once, exactly one wins."],
  ["put.whole", "Of those who replace one blob at once, one is there whole."],
  ["put.abort", "An abort throws its reason, even while the source hangs, and nothing is stored."],
  ["put.source-fails", "An error of the source is thrown as it is, and nothing is stored."],
  ["put.options", "Types and metadata that not every adapter can keep are refused."],
  ["delete.repeatable", "A deleted blob is gone; deleting is repeatable."],
  ["delete.race", "Puts and deletions of neighbours at once do not disturb each other."],
  ["close.repeatable", "Closing is repeatable; afterwards every method is unavailable."],
  ["get.absent", "What is not there is undefined."],
  ["get.range", "A range is from first to last, to the end, or the last bytes, and no further than there are."],
  ["get.no-range", "A range with no byte of the blob is invalid."],
  ["get.not-modified", "Of an etag that the caller has, nothing is sent."],
  ["get.while-replaced", "A reader reads the blob that was there to its end, whatever replaces it."],
  ["get.abort", "An abort ends the reading with its reason; a reader may leave in the middle or not begin."],
  ["list.order", "Names come in the order of their bytes, only those of the prefix."],
  ["list.pages", "Pages by cursor skip and repeat nothing that stays, whatever others write."],
  ["list.refused", "Limits, cursors and prefixes that are none are refused."],
  ["names.refused", "Names that escape, or that not every adapter can hold, are invalid to every method."],
  ["names.allowed", "Every allowed character, the longest part and the longest name work."],
  ["names.case", "Names that differ in case alone are two, on every file system."],
  ["names.nested", "A name that another begins with may be there too."],
  ["sign.upload", "Whoever has a signed URL uploads what it was signed for."],
  ["sign.bound", "Type, length, checksum and name are bound into the signature: others are refused."],
  [
    "sign.download",
    "Whoever has a signed URL downloads, whole or in part, under the type and name it was signed with.",
  ],
  ["sign.forged", "A URL that was changed, or meant for another method, is refused."],
  ["sign.expires", "Once its time is over, a signed URL does nothing."],
  ["sign.limits", "Lifetimes over 7 days and sizes that one request cannot have are refused."],
];

const filesystem: readonly Row[] = [
  ["filesystem.private", "Folders and files can be read by their owner alone."],
  [
    "filesystem.crash",
    "A process killed while it writes leaves every blob whole, and a later start removes its drafts.",
  ],
  ["filesystem.full", "A full disk is `storage_full`: nothing is stored, and what was there stays."],
  ["filesystem.damage", "A file that is not as it was written is `incompatible`, never silently other bytes."],
  ["filesystem.closes", "Whoever aborts, leaves or reads to the end leaves no file open."],
  ["filesystem.place", "A place that is no folder, or may not be written, is named, with what to do."],
  [
    "filesystem.served",
    "The server answers the URLs that its file system signed, so that a browser runs nothing of it.",
  ],
  ["filesystem.unsigned", "Without a secret and an address no URL is signed, and the error says what to give."],
];

const s3: readonly Row[] = [
  ["s3.no-parts", "An upload that fails, is aborted or loses leaves no parts behind."],
  ["s3.kms", "With a KMS key every object, in one part or many, is encrypted by it, with the bucket key."],
  ["s3.errors", "Each fault of the set-up is an error that names the thing, the likely cause and what to do."],
  ["s3.denied", "A denied access names the permission that is missing."],
  ["s3.no-bucket", "A bucket that is not there is named, with how to make it."],
  ["s3.no-credentials", "Without credentials the error says how to get some."],
  ["s3.slow-down", "Throttling is retried, then `throttled`."],
  ["s3.cut", "A connection cut in the middle of an upload or download is `unavailable`, and nothing half is stored."],
  ["s3.stall", "A service that stalls in the middle is given up after a time, as `unavailable`."],
  ["s3.damage", "Bytes that are not those of the object's checksum are never passed off as it."],
];

const attachments: readonly Row[] = [
  ["send", "A file is uploaded, sent with a message, and read by who takes part; before that by who uploaded it."],
  ["range", "Ranges, conditions and HEAD are answered as HTTP says."],
  ["inert", "Nothing that is attached runs in a browser, whatever it is called."],
  ["kinds", "What a file is, its bytes tell; programs and bytes of no known kind are refused."],
  ["limits", "Too large, empty, misnamed and encoded uploads, and other bytes than announced, are refused."],
  ["large", "Uploads over the limit of JSON bodies are streamed through, byte for byte."],
  ["broken-off", "An upload that breaks off, or stops moving, leaves neither a file nor an attachment."],
  ["take-up", "Only what the caller uploaded to this conversation, once, and ten at most, goes with a message."],
  ["delete", "Who uploaded a file removes it until it is sent; nobody else, and not after."],
  ["tenancy", "Who takes no part neither uploads, reads nor learns of a file."],
  ["idempotent", "The same Idempotency-Key and headers upload once."],
  ["deleted-with", "A deleted conversation takes its files with it, sent or not."],
  ["swept", "What was uploaded and never sent, or never to its end, is removed after a day."],
  ["ready", "A server whose files cannot be reached is not ready."],
  ["notes", "A model is told name, type and size of each file, and what a short text says, fenced as data."],
];

export const blobRequirements: readonly Requirement[] = [
  ...contract.map(rows("blobs", "issue 4: blobs")),
  ...filesystem.map(rows("blobs", "issue 4: blobs on the filesystem")),
  ...attachments.map(rows("attachments", "issue 4: attachments on messages")),
  ...s3.map(rows("blobs", "issue 4: blobs on S3")),
];
