import type { Connections } from "aws-cdk-lib/aws-ec2";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import { type IRepository, Repository } from "aws-cdk-lib/aws-ecr";
import type { Construct } from "constructs";
import type { ResolvedCompute } from "../config/resolve.ts";
import type { ProgramAccess, ProgramName } from "../permissions/permission.ts";
import { AloftStack } from "./aloft-stack.ts";

export interface DataStackProps {
  readonly app: ResolvedCompute;
  readonly vpc: IVpc;
}

/** What holds data: tables or a database, blobs, keys, secrets, images. It outlives every other stack. */
export class DataStack extends AloftStack {
  /** What each program is told and allowed because of what is here. */
  readonly access: Readonly<Record<ProgramName, ProgramAccess>>;
  readonly images: IRepository;
  /** Of the database, if there is one: whoever connects is allowed in. */
  readonly database: Connections | undefined;

  constructor(scope: Construct, { app }: DataStackProps) {
    super(scope, { app, part: "Data", description: `Data of ${app.prefix}` });
    this.images = new Repository(this, "Images", { repositoryName: app.prefix });
    this.database = undefined;
    this.access = { server: { environment: {}, permissions: [] }, migrate: { environment: {}, permissions: [] } };
  }
}
