import type { Requirement } from "../requirement.ts";

const source = "issue 5: packages/infra, constructs";
const iam = "issue 5: IAM follows use";

export const landingDataRequirements: readonly Requirement[] = [
  {
    id: "landing.data.tables.exact",
    source,
    behaviour:
      "Tables in DynamoDB that the template makes are those that the declarations need, to the last index: a store that only " +
      "verifies opens on them once the schema's number is written.",
  },
  {
    id: "landing.data.tables.kept",
    source,
    behaviour:
      "Each table is paid by the request and can be set back to any second of 35 days; expired items are removed; in " +
      "production no table can be deleted by mistake, and all outlive their stack.",
  },
  {
    id: "landing.data.names",
    source,
    behaviour: "Tables, bucket, secrets and repository have names that are known before anything is made.",
  },
  {
    id: "landing.data.blobs",
    source,
    behaviour:
      "The bucket is private, its owner owns all, takes requests over TLS alone, encrypts, drops uploads that nobody finished " +
      "after a day, and where data is protected keeps what was deleted for 30 days. No function empties it.",
  },
  {
    id: "landing.data.keys",
    source,
    behaviour:
      "A symmetric key that is rotated seals, and an Ed25519 key signs; nobody can use either for anything else, by the key's " +
      "own policy.",
  },
  {
    id: "landing.data.secrets.wanted",
    source,
    behaviour:
      "Only the secrets that an app has use for are made: those of models when they need a key, Google's when people sign in " +
      "there; a program's own manifest is taken as it is.",
  },
  {
    id: "landing.data.secrets.valueless",
    source: "issue 5: values never in a template",
    behaviour:
      "No template holds a secret's value: a random one is made by Secrets Manager, as long and in the letters that the manifest " +
      "says; the others have none until they are pushed, and one without a value counts as missing.",
  },
  {
    id: "landing.data.images",
    source,
    behaviour: "The repository's tags never move, each image is scanned when it is pushed, and the newest 20 are kept.",
  },
  {
    id: "landing.data.encryption",
    source,
    behaviour:
      'With encryption "own" one key of the account, which is rotated, encrypts tables or database, files, secrets, images and the ' +
      "database's log; programs use it through those services alone.",
  },
  {
    id: "landing.data.relational",
    source,
    behaviour:
      "The database, RDS or Aurora, is in subnets without a way out, takes nobody's connection without TLS, is encrypted and backed " +
      "up, takes minor upgrades by itself, and in production has a standby and leaves a snapshot.",
  },
  {
    id: "landing.data.relational.sign-in",
    source: "issue 5: rotated secret or IAM sign-in",
    behaviour:
      "RDS keeps and rotates the administrator's password, which the migration alone reads; programs sign in as a user of their " +
      "own, by a secret or, Aloft's own server, by IAM; IAM for another program is refused.",
  },
  {
    id: "landing.data.database-url",
    source: "issue 5: rotated secret or IAM sign-in",
    behaviour:
      "DATABASE_SECRET names a secret as RDS writes them, of which DATABASE_URL is made, encrypted and verified unless PGSSLMODE " +
      "says otherwise, for Aloft's server and for any program under aloft exec; what is lacking is named.",
  },
  {
    id: "landing.data.secrets-chosen",
    source: iam,
    behaviour:
      "ALOFT_SECRETS has a process load only the secrets of its manifest that it names, so that a program asks for none that it was not given.",
  },
  {
    id: "landing.data.program-user",
    source: "issue 5: relational",
    behaviour:
      "A migration makes the user that programs are and gives it its password, which no statement holds; that user reads and writes " +
      "rows, also of tables made later, is held to its tenant, and can make or change no table.",
  },
  {
    id: "landing.data.iam-token",
    source: "issue 5: rotated secret or IAM sign-in",
    behaviour:
      "With signIn=iam in DATABASE_URL each connection's password is a new token of 15 minutes for that user and host, given only " +
      "to a server that is verified.",
  },
  {
    id: "landing.data.library",
    source: "issue 5: library",
    behaviour:
      "The library topology makes the manifest's secrets under the names that it gives them in each environment, and one policy that " +
      "reads them, attached to the roles that are named.",
  },
  {
    id: "landing.data.permissions.recorded",
    source: iam,
    behaviour:
      "Every call to AWS that the server, the migration and the commands beside it make is allowed by the policies that are " +
      "synthesized for them, key policies included.",
  },
  {
    id: "landing.data.permissions.used",
    source: iam,
    behaviour: "No action is granted that is never called, unless a reason is written beside it.",
  },
  {
    id: "landing.data.permissions.narrow",
    source: iam,
    behaviour:
      "No action is granted on everything but those that take no resource, and nothing of another environment or app is allowed.",
  },
  {
    id: "landing.data.authorities",
    source,
    behaviour:
      "A database's URL that names a file of authorities which is not there is refused, with how an image gets RDS's.",
  },
];
