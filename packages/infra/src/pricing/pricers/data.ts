import type { Item, Pricers } from "../item.ts";
import { allTasks } from "../tasks.ts";
import { asObject, type Placed, type Topology } from "../topology.ts";
import { hoursPerMonth } from "../usage.ts";

const tableTypes = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"] as const;
const secondsPerMonth = hoursPerMonth * 3600;
/** Each server renews its lease so often (ADR 21), with one write. */
const secondsBetweenRenewals = 10;

/** How work is spread over tables is not known beforehand: the first stands for all of them. */
function table(resource: Placed, app: Topology): readonly Item[] | undefined {
  if ((app.value(resource, "BillingMode") ?? "PROVISIONED") !== "PAY_PER_REQUEST") return undefined;
  // Rarely used tables and those kept in several regions have other prices.
  if (app.value(resource, "TableClass") === "STANDARD_INFREQUENT_ACCESS") return undefined;
  if (app.list(resource, "Replicas").length > 1) return undefined;
  const all = app.ofType(...tableTypes);
  const share = resource === all[0] ? 1 : 0;
  const servers = allTasks(app);
  const items: Item[] = [
    {
      what: "Reads of tables, on demand",
      price: "dynamodb.read",
      quantity: ({ readUnits, looks }) => share * (readUnits + looks),
      note: "Each browser that listens costs one read unit every 3 s.",
    },
    {
      what: "Writes to tables, on demand",
      price: "dynamodb.write",
      quantity: (usage) => share * (usage.writeUnits + (servers(usage) * secondsPerMonth) / secondsBetweenRenewals),
      note: "A server's lease is renewed by a write unit every 10 s.",
    },
    { what: "Storage of tables", price: "dynamodb.storage", quantity: ({ storedGb }) => share * storedGb },
  ];
  if (recoverable(resource, app)) {
    const what = "Backups to any moment of 35 days (PITR)";
    const protectedShare = 1 / all.filter((one) => recoverable(one, app)).length;
    items.push({ what, price: "dynamodb.pitr", quantity: ({ storedGb }) => storedGb * protectedShare });
  }
  return items;
}

function recoverable(resource: Placed, app: Topology): boolean {
  const own = app.value(resource, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled");
  const replicas = app
    .list(resource, "Replicas")
    .map((one) => asObject(asObject(one)?.["PointInTimeRecoverySpecification"]));
  return own === true || replicas.some((one) => one?.["PointInTimeRecoveryEnabled"] === true);
}

/** How often a file is read, for each time that one is stored. */
const readsPerUpload = 3;

function bucket(resource: Placed, app: Topology): readonly Item[] {
  const logs = app.resources.some(
    (other) => other !== resource && logTargets(other, app).includes(resource) && !other.type.endsWith("Policy"),
  );
  if (logs) {
    const note = "Assumed: 0.5 GB, and a file every 5 minutes.";
    return [
      { what: "Storage of logs in S3", price: "s3.storage", quantity: () => 0.5, note },
      { what: "Logs that are stored in S3", price: "s3.put", quantity: () => hoursPerMonth * 12 },
    ];
  }
  return [
    { what: "Storage of files in S3", price: "s3.storage", quantity: ({ uploadedGb }) => uploadedGb },
    { what: "Files that are stored in S3", price: "s3.put", quantity: ({ uploads }) => uploads },
    { what: "Files that are read from S3", price: "s3.get", quantity: ({ uploads }) => uploads * readsPerUpload },
  ];
}

const logProperties: Readonly<Record<string, readonly string[]>> = {
  "AWS::CloudTrail::Trail": ["S3BucketName"],
  "AWS::S3::Bucket": ["LoggingConfiguration"],
  "AWS::CloudFront::Distribution": ["DistributionConfig", "Logging"],
  "AWS::ElasticLoadBalancingV2::LoadBalancer": ["LoadBalancerAttributes"],
  "AWS::EC2::FlowLog": ["LogDestination"],
  "AWS::WAFv2::LoggingConfiguration": ["LogDestinationConfigs"],
};

function logTargets(resource: Placed, app: Topology): readonly Placed[] {
  const path = logProperties[resource.type];
  return path === undefined ? [] : app.mentioned(resource, ...path);
}

function databaseInstance(resource: Placed, app: Topology): readonly Item[] | undefined {
  const type = app.value(resource, "DBInstanceClass");
  if (typeof type !== "string") return undefined;
  if (type === "db.serverless") return serverlessInstance(resource, app);
  if (
    app.value(resource, "DBClusterIdentifier") !== undefined ||
    app.mentioned(resource, "DBClusterIdentifier").length > 0
  ) {
    return undefined;
  }
  if (app.value(resource, "Engine") !== "postgres" || String(app.value(resource, "StorageType")).startsWith("io")) {
    return undefined;
  }
  const twice = String(app.value(resource, "MultiAZ")) === "true";
  const copies = twice ? 2 : 1;
  const gb = app.number(resource, "AllocatedStorage") ?? 20;
  return [
    {
      what: `PostgreSQL, ${type}${twice ? ", and a standby in another zone" : ""}`,
      price: `rds.${type.replace(/^db\./, "")}`,
      quantity: () => copies * hoursPerMonth,
    },
    {
      what: `Storage of PostgreSQL, ${gb} GB${twice ? " twice" : ""}`,
      price: "rds.storage",
      quantity: () => copies * gb,
      note: "Backups up to its size cost nothing more.",
    },
    ...ownSecret(resource, app),
  ];
}

/** A database whose password RDS keeps has a secret that its template does not show. */
function ownSecret(resource: Placed, app: Topology): readonly Item[] {
  if (String(app.value(resource, "ManageMasterUserPassword")) !== "true") return [];
  return [{ what: "The database's password, which RDS rotates", price: "secret.month", quantity: () => 1 }];
}

/** Aurora's smallest step while anything is connected: a program's lease never lets it pause. */
const leastAcu = 0.5;

function serverlessInstance(resource: Placed, app: Topology): readonly Item[] {
  const cluster = app.target(resource, "AWS::RDS::DBCluster", "DBClusterIdentifier");
  const scaling = ["ServerlessV2ScalingConfiguration"] as const;
  const min = (cluster && app.number(cluster, ...scaling, "MinCapacity")) ?? leastAcu;
  const max = (cluster && app.number(cluster, ...scaling, "MaxCapacity")) ?? min;
  const servers = allTasks(app);
  const pauses = min === 0 ? "With a task running it does not pause: its lease is renewed every 10 s." : undefined;
  return [
    {
      what: `Aurora Serverless v2, from ${min} to ${max} ACU`,
      price: "aurora.acu",
      quantity(usage) {
        const quiet = min === 0 && servers(usage) > 0 ? leastAcu : min;
        const busy = Math.min(max, Math.max(quiet, usage.load.acu));
        return quiet * hoursPerMonth + (busy - quiet) * usage.busyHours;
      },
      most: max * hoursPerMonth,
      ...(pauses === undefined ? {} : { note: pauses }),
    },
  ];
}

/** What Aurora keeps at least, and the requests of a server that only waits. */
const auroraLeast = { gb: 10, requests: 500_000 } as const;

function databaseCluster(resource: Placed, app: Topology): readonly Item[] | undefined {
  if (!String(app.value(resource, "Engine")).startsWith("aurora")) return undefined;
  if (app.value(resource, "StorageType") === "aurora-iopt1") return undefined;
  return [
    {
      what: "Aurora's storage",
      price: "aurora.storage",
      quantity: ({ storedGb }) => Math.max(auroraLeast.gb, storedGb),
      note: "From 10 GB. Backups up to its size cost nothing more.",
    },
    {
      what: "Requests to Aurora's storage",
      price: "aurora.io",
      quantity: ({ turns, load }) => auroraLeast.requests + turns * load.databaseRequestsPerTurn,
    },
    ...ownSecret(resource, app),
  ];
}

/** How many images are kept, if nothing deletes old ones. */
const imagesKept = 20;

function repository(resource: Placed, app: Topology): readonly Item[] {
  const kept = keptImages(app.value(resource, "LifecyclePolicy", "LifecyclePolicyText"));
  return [
    {
      what: `Storage of up to ${kept} images`,
      price: "ecr.storage",
      quantity: ({ load }) => (kept * load.imageMegabytes) / 1024,
    },
  ];
}

function keptImages(policy: unknown): number {
  if (typeof policy !== "string") return imagesKept;
  const rules = asObject(JSON.parse(policy))?.["rules"];
  const counts = (Array.isArray(rules) ? rules : []).map((rule) => {
    const selection = asObject(asObject(rule)?.["selection"]);
    return selection?.["countType"] === "imageCountMoreThan" ? Number(selection["countNumber"]) : 0;
  });
  return Math.max(...counts, 0) || imagesKept;
}

export const dataPricers: Pricers = {
  "AWS::DynamoDB::Table": table,
  "AWS::DynamoDB::GlobalTable": table,
  "AWS::S3::Bucket": bucket,
  "AWS::RDS::DBInstance": databaseInstance,
  "AWS::RDS::DBCluster": databaseCluster,
  "AWS::ECR::Repository": repository,
};
