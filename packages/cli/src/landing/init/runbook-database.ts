import type { ResolvedCompute, ResolvedRelational } from "@aloft/infra/config/resolve";

/** How to reach what holds the data, and how to bring it back. */
export function databaseSection(app: ResolvedCompute): string {
  return app.topology === "solo" ? dynamodb(app) : [postgres(app), restorePostgres(app)].join("\n\n");
}

function dynamodb(app: ResolvedCompute): string {
  const { region } = app;
  const prefix = `${app.prefix}_`;
  return `## Data

Tables are reached by credentials, not by a network: \`aws dynamodb scan --region ${region} --table-name ${prefix}users --max-items 10\`.

\`\`\`sh
npx aloft store status --store dynamodb:${region}/${prefix}
npx aloft store backup ${app.prefix}.backup --from dynamodb:${region}/${prefix}   # while it runs
\`\`\`

## Restore

DynamoDB keeps every second of the last 35 days. It restores into new tables, so nothing is lost by trying:

\`\`\`sh
export AWS_REGION=${region} AT=2026-01-31T12:00:00Z
for table in $(aws dynamodb list-tables --query "TableNames[?starts_with(@, '${prefix}')]" --output text); do
  aws dynamodb restore-table-to-point-in-time --source-table-name "$table" --target-table-name "restored_$table" --restore-date-time "$AT"
done
npx aloft store status --store dynamodb:${region}/restored_${prefix}       # once they are ACTIVE
npx aloft store copy --from dynamodb:${region}/restored_${prefix} --to sqlite:./restored
npx aloft up --data ./restored                                             # look at it on your laptop
\`\`\`

To put all of it back: stop the service (\`aws ecs update-service --desired-count 0 …\`), and for each table
\`aws dynamodb create-backup\` of the restored one, \`delete-table\` of the old one (its deletion protection first), and
\`restore-table-from-backup\` under the old name. Time to live, point-in-time recovery and deletion protection are not restored:
switch them on again, then \`npx aloft deploy --env ${app.environment}\`. Rehearse it in another environment. Files in the bucket are not
part of this.`;
}

function postgres(app: ResolvedRelational): string {
  const { region, prefix } = app;
  const host = databaseHost(app);
  const way =
    app.network.egress === "nat-instance"
      ? `\`\`\`sh
export AWS_REGION=${region}
nat=$(aws cloudformation describe-stacks --stack-name ${prefix}-network --query "Stacks[0].Outputs[?OutputKey=='NatInstanceId'].OutputValue" --output text)
host=$(${host})
aws ssm start-session --target "$nat" --document-name AWS-StartPortForwardingSessionToRemoteHost --parameters "host=$host,portNumber=5432,localPortNumber=15432"
\`\`\`

It needs the Session Manager plugin of the AWS CLI. The NAT instance carries the connection and cannot read it: it is TLS from
your machine to PostgreSQL. In another terminal:

\`\`\`sh
psql "host=localhost port=15432 dbname=${app.database.name} user=aloft_admin sslmode=require"
\`\`\``
      : `There is no machine to go through with \`network.egress: "${app.network.egress}"\`: use CloudShell, whose VPC environments are in your subnets
(in the console: CloudShell, + , Create VPC environment; a private subnet and the security group of the service), and there \`psql\`.`;
  return `## Reach the database

It is in subnets without a way from outside. ${app.network.egress === "nat-instance" ? "Session Manager leads there, with your own credentials and an entry in CloudTrail:" : ""}

${way}

The administrator's password is in the secret that RDS keeps and changes by itself:
\`aws rds ${describe(app)} ${app.prefix} --query '${secretPath(app)}' --output text\`, then \`aws secretsmanager get-secret-value\`.
Before changing anything: \`aws rds ${snapshot(app)} ${prefix}-before-$(date +%s)\`.`;
}

function restorePostgres(app: ResolvedRelational): string {
  const { prefix, region, environment } = app;
  const { backupDays } = app.database;
  const restore =
    app.database.engine === "rds"
      ? `aws rds restore-db-instance-to-point-in-time --region ${region} \\
  --source-db-instance-identifier ${prefix} --target-db-instance-identifier ${prefix}-restored \\
  --restore-time 2026-01-31T12:00:00Z --db-subnet-group-name <that of ${prefix}> --vpc-security-group-ids <that of ${prefix}>`
      : `aws rds restore-db-cluster-to-point-in-time --region ${region} \\
  --source-db-cluster-identifier ${prefix} --db-cluster-identifier ${prefix}-restored \\
  --restore-to-time 2026-01-31T12:00:00Z --db-subnet-group-name <that of ${prefix}> --vpc-security-group-ids <that of ${prefix}>
aws rds create-db-instance --region ${region} --db-cluster-identifier ${prefix}-restored \\
  --db-instance-identifier ${prefix}-restored-1 --db-instance-class db.serverless --engine aurora-postgresql`;
  return `## Restore

RDS keeps every moment of the last ${backupDays} days. It restores into a new database beside the old one:

\`\`\`sh
${restore}
\`\`\`

Reach it as above, look, and copy back what is missing with \`pg_dump --data-only --table=…\`. To go over to it whole: stop the
service, rename the old one (\`modify-db-… --new-db-…-identifier ${prefix}-old --apply-immediately\`), give the restored one the name \`${prefix}\`, which its
address follows, and \`npx aloft deploy --env ${environment}\`. A snapshot is restored the same way (\`restore-db-…-from-snapshot\`).
Rehearse it in another environment.`;
}

function describe({ database }: ResolvedRelational): string {
  return database.engine === "rds"
    ? "describe-db-instances --db-instance-identifier"
    : "describe-db-clusters --db-cluster-identifier";
}

function secretPath({ database }: ResolvedRelational): string {
  return database.engine === "rds"
    ? "DBInstances[0].MasterUserSecret.SecretArn"
    : "DBClusters[0].MasterUserSecret.SecretArn";
}

function snapshot({ database, prefix }: ResolvedRelational): string {
  return database.engine === "rds"
    ? `create-db-snapshot --db-instance-identifier ${prefix} --db-snapshot-identifier`
    : `create-db-cluster-snapshot --db-cluster-identifier ${prefix} --db-cluster-snapshot-identifier`;
}

function databaseHost(app: ResolvedRelational): string {
  const path = app.database.engine === "rds" ? "DBInstances[0].Endpoint.Address" : "DBClusters[0].Endpoint";
  return `aws rds ${describe(app)} ${app.prefix} --query '${path}' --output text`;
}
