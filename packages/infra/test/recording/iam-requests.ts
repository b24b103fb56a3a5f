import type { RecordedCall } from "./recorder.ts";

/** What IAM is asked because of a call: several, if the call does several things. */
export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

export interface Place {
  readonly account: string;
  readonly region: string;
  /** ARNs by names: of secrets, which end in something random, and of keys by whatever names them. */
  readonly arns: Readonly<Record<string, string>>;
  /** The account's key that encrypts what AWS keeps, if there is one: services ask for it in the caller's name. */
  readonly dataKeyArn?: string | undefined;
}

/** What IAM is asked because of a call. @throws {Error} nobody has said yet what such a call needs. */
export function iamRequestsOf(call: RecordedCall, place: Place): readonly IamRequest[] {
  const of = { dynamodb, kms, s3, secretsmanager: secretsManager, ssm: parameterStore };
  return of[call.service](call, place);
}

type Body = Readonly<Record<string, any>>;

function parsed({ body }: RecordedCall): Body {
  return JSON.parse(body.toString("utf8")) as Body;
}

const plain = [
  "DeleteItem",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "PutItem",
  "Query",
  "Scan",
  "UpdateItem",
  "CreateTable",
  "UpdateTable",
  "UpdateTimeToLive",
];

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const inTransactions: Readonly<Record<string, string>> = {
  ConditionCheck: "ConditionCheckItem",
  Delete: "DeleteItem",
  Get: "GetItem",
  Put: "PutItem",
  Update: "UpdateItem",
};

function dynamodb(call: RecordedCall, { account, region, dataKeyArn }: Place): readonly IamRequest[] {
  const body = parsed(call);
  const on = (operation: string, table: string, index?: string): IamRequest => ({
    action: `dynamodb:${operation}`,
    resource: `arn:aws:dynamodb:${region}:${account}:table/${table}${index === undefined ? "" : `/index/${index}`}`,
    context: {},
  });
  const through = viaService(dataKeyArn, "dynamodb", region, ["kms:Decrypt"]);
  const { target } = call;
  if (target === "ListTables") return [{ action: "dynamodb:ListTables", resource: "*", context: {} }];
  if (plain.includes(target)) return [on(target, body["TableName"], body["IndexName"]), ...through];
  if (target === "BatchGetItem" || target === "BatchWriteItem") {
    return [...Object.keys(body["RequestItems"]).map((table) => on(target, table)), ...through];
  }
  if (target === "TransactWriteItems" || target === "TransactGetItems") {
    const parts = (body["TransactItems"] as Body[]).flatMap((item) => Object.entries(item));
    return [...parts.map(([kind, { TableName }]) => on(known(inTransactions, kind), TableName)), ...through];
  }
  throw new Error(`nobody has said what dynamodb ${target} needs`);
}

function known(names: Readonly<Record<string, string>>, name: string): string {
  const found = names[name];
  if (found === undefined) throw new Error(`nobody has said what ${name} needs`);
  return found;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html each with the permission it needs */
function s3(call: RecordedCall, { region, dataKeyArn }: Place): readonly IamRequest[] {
  const { method, url, copySource } = call;
  const [, bucket = "", ...key] = decodeURIComponent(url.pathname).split("/");
  const query = url.searchParams;
  const about = (action: string, resource: string): IamRequest => ({
    action: `s3:${action}`,
    resource,
    context: { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" },
  });
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const name = key.join("/");
  if (name === "") {
    if (method === "HEAD" || query.has("list-type")) return [about("ListBucket", bucketArn)];
    throw new Error(`nobody has said what s3 ${method} ${url.href} needs`);
  }
  if (copySource !== undefined) throw new Error("nobody has said what a copy needs");
  const on = (action: string, ...key: readonly string[]): readonly IamRequest[] => [
    about(action, `${bucketArn}/${name}`),
    ...viaService(dataKeyArn, "s3", region, key),
  ];
  if (method === "GET" || method === "HEAD") return on("GetObject", "kms:Decrypt");
  if (method === "DELETE") return on(query.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject");
  // Parts of an upload are opened again to be put together.
  const parts = query.has("uploads") || query.has("uploadId");
  return on("PutObject", "kms:GenerateDataKey", ...(parts ? ["kms:Decrypt"] : []));
}

function kms(call: RecordedCall, { arns }: Place): readonly IamRequest[] {
  const body = parsed(call);
  const id = String(body["KeyId"]);
  const signing: IamRequest["context"] = {
    ...(body["SigningAlgorithm"] === undefined ? {} : { "kms:SigningAlgorithm": String(body["SigningAlgorithm"]) }),
    ...(body["MessageType"] === undefined ? {} : { "kms:MessageType": String(body["MessageType"]) }),
  };
  const { target } = call;
  const keys = Object.keys((body["EncryptionContext"] ?? {}) as object);
  const sealing: IamRequest["context"] = keys.length === 0 ? {} : { "kms:EncryptionContextKeys": keys };
  const context: IamRequest["context"] = target === "Sign" ? signing : sealing;
  return [{ action: `kms:${target}`, resource: arns[id] ?? id, context }];
}

function secretsManager(call: RecordedCall, { arns, region, dataKeyArn }: Place): readonly IamRequest[] {
  const { target } = call;
  const body = parsed(call);
  const read = (id: string): readonly IamRequest[] => [
    { action: "secretsmanager:GetSecretValue", resource: arns[id] ?? id, context: {} },
    ...viaService(dataKeyArn, "secretsmanager", region, ["kms:Decrypt"]),
  ];
  if (target === "BatchGetSecretValue") {
    const all = { action: "secretsmanager:BatchGetSecretValue", resource: "*", context: {} };
    return [all, ...(body["SecretIdList"] as string[]).flatMap(read)];
  }
  if (target === "GetSecretValue") return read(String(body["SecretId"]));
  throw new Error(`nobody has said what secretsmanager ${target} needs`);
}

function parameterStore(call: RecordedCall, { account, region }: Place): readonly IamRequest[] {
  const { target } = call;
  if (target !== "GetParameters") throw new Error(`nobody has said what ssm ${target} needs`);
  return (parsed(call)["Names"] as string[]).map((name) => ({
    action: "ssm:GetParameters",
    resource: `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, "")}`,
    context: {},
  }));
}

/** What a service asks of the account's key, in the name of who asks the service. */
function viaService(
  keyArn: string | undefined,
  service: string,
  region: string,
  actions: readonly string[],
): readonly IamRequest[] {
  if (keyArn === undefined) return [];
  const account = keyArn.split(":")[4] ?? "";
  const context = { "kms:ViaService": `${service}.${region}.amazonaws.com`, "kms:CallerAccount": account };
  return actions.map((action) => ({ action, resource: keyArn, context }));
}
