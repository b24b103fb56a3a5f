import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  type Connections,
  InstanceType,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
} from "aws-cdk-lib/aws-ec2";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  type CfnDBCluster,
  type CfnDBInstance,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInsightsMode,
  DatabaseInstance,
  DatabaseInstanceEngine,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
  SubnetGroup,
} from "aws-cdk-lib/aws-rds";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { DatabaseOptions } from "../config/schema.ts";
import { makeSecret, secretArn } from "./secrets.ts";

export interface RelationalProps {
  /** Names the database, or the cluster: nothing that would replace it can then be deployed by mistake. */
  readonly prefix: string;
  readonly database: DatabaseOptions;
  readonly vpc: IVpc;
  /** A standby in another zone, unless the options say. */
  readonly multiAz: boolean;
  readonly protectData: boolean;
  /** Default: the account's key that AWS keeps for RDS. */
  readonly encryptionKey?: IKey | undefined;
}

/** Owns the tables and migrates them. RDS keeps its password and changes it every seven days. */
export const adminUser = "aloft_admin";
/** Who programs are: reads and writes rows, no more. Made by the migration. */
export const programUser = "aloft_program";

/** Where images keep the authorities of RDS: AWS's global bundle. */
export const rootCertificates = "/etc/ssl/rds/global-bundle.pem";

const port = 5432;
const logDays = RetentionDays.ONE_MONTH;
/** The default authority of RDS, written down: its certificates are in AWS's global bundle until 2061. */
const authority = CaCertificate.RDS_CA_RSA2048_G1;

/** PostgreSQL in isolated subnets, encrypted at rest and on the way; whoever is to connect has to be allowed in. */
export class Relational extends Construct {
  readonly host: string;
  readonly port: string = String(port);
  readonly databaseName: string;
  readonly connections: Connections;
  /** Of the secret that RDS keeps the administrator's password in. */
  readonly adminSecretArn: string;
  /** By which IAM knows it. */
  readonly resourceId: string;
  /** What an IAM sign-in as `programUser` is allowed on. */
  readonly programUserArn: string;

  constructor(scope: Construct, id: string, props: RelationalProps) {
    super(scope, id);
    const made = props.database.engine === "rds" ? this.#instance(props, props.database) : this.#cluster(props);
    this.databaseName = props.database.name;
    this.host = made.host;
    this.connections = made.connections;
    this.adminSecretArn = made.adminSecretArn;
    this.resourceId = made.resourceId;
    this.programUserArn = Stack.of(this).formatArn({
      service: "rds-db",
      resource: `dbuser:${made.resourceId}`,
      resourceName: programUser,
    });
  }

  #instance(props: RelationalProps, options: Extract<DatabaseOptions, { engine: "rds" }>): Made {
    const engine = DatabaseInstanceEngine.postgres({
      version: PostgresEngineVersion.of(options.version, options.version),
    });
    const logs = this.#logs("Logs", `/aws/rds/instance/${props.prefix}/postgresql`, props);
    const upgradeLogs = this.#logs("UpgradeLogs", `/aws/rds/instance/${props.prefix}/upgrade`, props);
    const instance = new DatabaseInstance(this, "Instance", {
      ...this.#shared(props),
      vpc: props.vpc,
      vpcSubnets: isolated(props.vpc),
      instanceIdentifier: props.prefix,
      engine,
      instanceType: new InstanceType(options.instanceClass),
      databaseName: options.name,
      allocatedStorage: options.storageGiB,
      maxAllocatedStorage: Math.max(100, 2 * options.storageGiB),
      storageType: StorageType.GP3,
      multiAz: options.multiAz ?? props.multiAz,
      publiclyAccessible: false,
      caCertificate: authority,
      backupRetention: Duration.days(options.backupDays),
      parameterGroup: this.#parameters(engine),
    });
    instance.node.addDependency(logs, upgradeLogs);
    acknowledgeDatabase(instance, props, options.multiAz ?? props.multiAz);
    const resource = instance.node.defaultChild as CfnDBInstance;
    return {
      host: instance.dbInstanceEndpointAddress,
      connections: instance.connections,
      adminSecretArn: resource.attrMasterUserSecretSecretArn,
      resourceId: resource.attrDbiResourceId,
    };
  }

  #cluster(props: RelationalProps): Made {
    const options = props.database as Extract<DatabaseOptions, { engine: "aurora-serverless-v2" }>;
    const engine = DatabaseClusterEngine.auroraPostgres({
      version: AuroraPostgresEngineVersion.of(options.version, options.version),
    });
    const logs = this.#logs("Logs", `/aws/rds/cluster/${props.prefix}/postgresql`, props);
    const serverless = (id: string, extra: { readonly scaleWithWriter?: boolean } = {}) =>
      ClusterInstance.serverlessV2(id, {
        ...extra,
        publiclyAccessible: false,
        caCertificate: authority,
        autoMinorVersionUpgrade: true,
      });
    const cluster = new DatabaseCluster(this, "Cluster", {
      ...this.#shared(props),
      vpc: props.vpc,
      vpcSubnets: isolated(props.vpc),
      clusterIdentifier: props.prefix,
      engine,
      writer: serverless("Writer"),
      readers: props.multiAz ? [serverless("Standby", { scaleWithWriter: true })] : [],
      serverlessV2MinCapacity: options.minAcu,
      serverlessV2MaxCapacity: options.maxAcu,
      defaultDatabaseName: options.name,
      backup: { retention: Duration.days(options.backupDays) },
      parameterGroup: this.#parameters(engine),
    });
    cluster.node.addDependency(logs);
    acknowledgeDatabase(cluster, props, true);
    const resource = cluster.node.defaultChild as CfnDBCluster;
    return {
      host: cluster.clusterEndpoint.hostname,
      connections: cluster.connections,
      adminSecretArn: resource.attrMasterUserSecretSecretArn,
      resourceId: cluster.clusterResourceIdentifier,
    };
  }

  #shared({ database, vpc, protectData, encryptionKey }: RelationalProps) {
    const removalPolicy = protectData ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY;
    return {
      credentials: Credentials.fromUsername(adminUser),
      manageMasterUserPassword: true,
      port,
      securityGroups: [this.#securityGroup(vpc)],
      subnetGroup: new SubnetGroup(this, "Subnets", {
        vpc,
        description: "Where the database is",
        vpcSubnets: isolated(vpc),
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      storageEncrypted: true,
      ...(encryptionKey === undefined ? {} : { storageEncryptionKey: encryptionKey }),
      iamAuthentication: database.signIn === "iam",
      autoMinorVersionUpgrade: true,
      copyTagsToSnapshot: true,
      deletionProtection: protectData,
      deleteAutomatedBackups: !protectData,
      removalPolicy,
      // Free with seven days of history: which statements take the time.
      enablePerformanceInsights: true,
      databaseInsightsMode: DatabaseInsightsMode.STANDARD,
      ...(encryptionKey === undefined ? {} : { performanceInsightEncryptionKey: encryptionKey }),
      cloudwatchLogsExports: database.engine === "rds" ? ["postgresql", "upgrade"] : ["postgresql"],
    };
  }

  #securityGroup(vpc: IVpc): SecurityGroup {
    return new SecurityGroup(this, "Access", {
      vpc,
      description: "Who may connect to the database",
      // It answers, and begins nothing.
      allowAllOutbound: false,
    });
  }

  #parameters(engine: ConstructorParameters<typeof ParameterGroup>[2]["engine"]): ParameterGroup {
    return new ParameterGroup(this, "Parameters", {
      engine,
      description: "TLS, or no connection",
      parameters: { "rds.force_ssl": "1" },
    });
  }

  /** RDS would make it without an end to what it keeps. */
  #logs(id: string, logGroupName: string, { protectData, encryptionKey }: RelationalProps): LogGroup {
    const group = new LogGroup(this, id, {
      logGroupName,
      retention: logDays,
      ...(encryptionKey === undefined ? {} : { encryptionKey }),
      removalPolicy: protectData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    acknowledge(group, {
      "CT.CLOUDWATCH.PR.2":
        "What PostgreSQL says of itself is looked at within days, and holds no trace of who did what.",
      ...(encryptionKey === undefined
        ? {
            "CT.CLOUDWATCH.PR.3":
              'CloudWatch\'s own key encrypts it, for free; encryption: "own" takes a key of the account.',
          }
        : {}),
    });
    return group;
  }
}

interface Made {
  readonly host: string;
  readonly connections: Connections;
  readonly adminSecretArn: string;
  readonly resourceId: string;
}

function isolated(vpc: IVpc): SubnetSelection {
  return vpc.isolatedSubnets.length > 0
    ? { subnetType: SubnetType.PRIVATE_ISOLATED }
    : { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
}

/** Findings about the database by the name that each engine's rules have for them. */
function acknowledgeDatabase(database: Construct, props: RelationalProps, multiAz: boolean): void {
  const instance = props.database.engine === "rds";
  const samePort =
    "It is in isolated subnets, and open to named security groups only: another port would hide nothing.";
  const bySecret = 'The program signs in by a password that nobody sees; signIn: "iam" does without one.';
  const freeKey = 'RDS\'s own key encrypts it, for free; encryption: "own" takes a key of the account.';
  const withoutTrace = "An environment without protectData is to be deleted without a trace.";
  const oneZone = "A standby doubles the price; outside production it is chosen by multiAz.";
  acknowledge(database, {
    "CT.RDS.PR.2":
      "Performance Insights shows for free what takes the time; metrics of the machine by the second are paid.",
    ...(instance
      ? {
          "AwsSolutions-RDS11": samePort,
          "CT.RDS.PR.20": samePort,
          W3691:
            "RDS takes the newest minor version of the major one that is named; cfn-lint knows whole versions only.",
        }
      : {}),
    ...(props.database.signIn === "secret"
      ? instance
        ? { "CT.RDS.PR.7": bySecret }
        : { "AwsSolutions-RDS6": bySecret, "CT.RDS.PR.4": bySecret }
      : {}),
    ...(props.encryptionKey === undefined && instance ? { "CT.RDS.PR.30": freeKey } : {}),
    ...(props.protectData
      ? {}
      : { "AwsSolutions-RDS10": withoutTrace, [instance ? "CT.RDS.PR.13" : "CT.RDS.PR.3"]: withoutTrace }),
    ...(multiAz ? {} : { "AwsSolutions-RDS3": oneZone, "CT.RDS.PR.1": oneZone }),
  });
}

export interface ProgramSignInProps {
  readonly signIn: DatabaseOptions["signIn"];
  readonly secretsPrefix: string;
  readonly protectData: boolean;
  readonly encryptionKey?: IKey | undefined;
}

/**
 * How programs sign in: as a user of their own, by a password that Secrets Manager made and the migration gives to the
 * database, or by IAM. The administrator's password is read by the migration alone.
 */
export class ProgramSignIn extends Construct {
  /** Of the password; none by IAM. */
  readonly secretArns: readonly string[];
  readonly #signIn: DatabaseOptions["signIn"];
  readonly #secretName: string;

  constructor(scope: Construct, id: string, { signIn, secretsPrefix, ...kept }: ProgramSignInProps) {
    super(scope, id);
    this.#signIn = signIn;
    this.#secretName = `${secretsPrefix}/database-user`;
    this.secretArns = signIn === "iam" ? [] : [secretArn(this, this.#secretName)];
    if (signIn === "iam") return;
    makeSecret(this, "Password", {
      ...kept,
      name: this.#secretName,
      description: "Who programs are in the database",
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: programUser }),
        generateStringKey: "password",
        passwordLength: 40,
        excludePunctuation: true,
      },
      rotation:
        "The migration gives it to the database: aloft secrets rotate makes a new one, and a deployment brings it in.",
    });
  }

  serverEnvironment(relational: Relational): Readonly<Record<string, string>> {
    return this.#signIn === "iam" ? { DATABASE_URL: signInUrl(relational) } : { DATABASE_SECRET: this.#secretName };
  }

  migrateEnvironment({ adminSecretArn }: Relational): Readonly<Record<string, string>> {
    return {
      DATABASE_SECRET: adminSecretArn,
      DATABASE_PROGRAM_USER: programUser,
      ...(this.#signIn === "iam" ? {} : { DATABASE_PROGRAM_SECRET: this.#secretName }),
    };
  }

  /** What IAM may sign in as. */
  userArns({ programUserArn }: Relational): readonly string[] {
    return this.#signIn === "iam" ? [programUserArn] : [];
  }
}

/** No secret is in it: the password is a token of 15 minutes that the program makes for each connection. */
function signInUrl({ host, port: of, databaseName }: Relational): string {
  return `postgres://${programUser}@${host}:${of}/${databaseName}?sslmode=verify-full&sslrootcert=${rootCertificates}&signIn=iam`;
}
