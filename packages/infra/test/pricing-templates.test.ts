import { parseLoad } from "@aloft/infra/pricing/load";
import { price } from "@aloft/infra/pricing/price";
import { Topology } from "@aloft/infra/pricing/topology";
import { describe, expect, test } from "vitest";
import { lineOf, pricedLines, stackOf } from "./pricing-stacks.ts";

const fargate = {
  Task: [
    "AWS::ECS::TaskDefinition",
    {
      Cpu: "512",
      Memory: "1024",
      RuntimePlatform: { CpuArchitecture: "ARM64" },
      ContainerDefinitions: [{ LogConfiguration: { Options: { "awslogs-group": { Ref: "Logs" } } } }],
    },
  ],
  Service: ["AWS::ECS::Service", { LaunchType: "FARGATE", TaskDefinition: { Ref: "Task" } }],
  Logs: ["AWS::Logs::LogGroup", { RetentionInDays: 90 }],
  Scaling: [
    "AWS::ApplicationAutoScaling::ScalableTarget",
    {
      MinCapacity: 2,
      MaxCapacity: 6,
      ResourceId: { "Fn::Join": ["", ["service/main/", { "Fn::GetAtt": ["Service", "Name"] }]] },
    },
  ],
} as const;

describe("what values mean", () => {
  const network = stackOf(
    { Subnet: "AWS::EC2::Subnet" },
    {
      part: "Network",
      sections: { Outputs: { Out: { Value: { Ref: "Subnet" }, Export: { Name: "network:subnet" } } } },
    },
  );
  const compute = stackOf(
    {
      Thing: [
        "AWS::Some::Thing",
        {
          Imported: { "Fn::ImportValue": "network:subnet" },
          FromStack: { "Fn::GetStackOutput": { StackName: "app-dev-network", OutputName: "Out" } },
          Size: { "Fn::If": ["Large", 8, 2] },
          Not: { "Fn::If": ["Small", "small", "large"] },
          Both: { "Fn::If": ["Unknown", { Ref: "Other" }, { "Fn::GetAtt": ["Third", "Arn"] }] },
          Name: { "Fn::Sub": ["${AWS::Region}-${Size}-${Word}", { Word: "x" }] },
          Zone: { "Fn::Select": [1, { "Fn::Split": [",", "a,b,c"] }] },
          Mapped: { "Fn::FindInMap": ["Sizes", { Ref: "AWS::Region" }, "gb"] },
          Later: { "Fn::Join": ["", ["arn:", { "Fn::GetAtt": ["Other", "Arn"] }]] },
        },
      ],
      Other: "AWS::Some::Thing",
      Third: "AWS::Some::Thing",
    },
    {
      sections: {
        Parameters: { Size: { Default: "large" }, Given: {} },
        Conditions: {
          Large: { "Fn::Equals": [{ Ref: "Size" }, "large"] },
          Small: { "Fn::Not": [{ Condition: "Large" }] },
          Unknown: { "Fn::Equals": [{ Ref: "Given" }, "yes"] },
        },
        Mappings: { Sizes: { "us-east-1": { gb: 20 } } },
      },
    },
  );
  const app = new Topology([network, compute]);
  const [thing] = app.ofType("AWS::Some::Thing");
  if (thing === undefined) throw new Error("The fixture has a thing.");

  test("[landing.price.intrinsics] conditions, parameters, maps and joined words are worked out", () => {
    expect(app.number(thing, "Size")).toBe(8);
    expect(app.value(thing, "Not")).toBe("large");
    expect(app.value(thing, "Name")).toBe("us-east-1-large-x");
    expect(app.value(thing, "Zone")).toBe("b");
    expect(app.value(thing, "Mapped")).toBe(20);
  });

  test("[landing.price.intrinsics] a resource is found in another template", () => {
    expect(app.target(thing, "AWS::EC2::Subnet", "Imported")?.id).toBe("Subnet");
    expect(app.target(thing, "AWS::EC2::Subnet", "FromStack")?.id).toBe("Subnet");
  });

  test("[landing.price.intrinsics] what only deployment decides is unknown, and both ways are seen", () => {
    expect(app.value(thing, "Later")).toBeUndefined();
    expect(app.mentioned(thing, "Later").map(({ id }) => id)).toEqual(["Other"]);
    expect(app.mentioned(thing, "Both").map(({ id }) => id)).toEqual(["Other", "Third"]);
  });

  test("[landing.price.intrinsics] what goes in circles ends", () => {
    const circle = stackOf(
      { A: ["AWS::Some::Thing", { X: { Ref: "P" } }] },
      { sections: { Parameters: { P: { Default: { Ref: "P" } } } } },
    );
    const [a] = new Topology([circle]).resources;
    expect(a && new Topology([circle]).value(a, "X")).toBeUndefined();
  });
});

describe("tasks", () => {
  test("[landing.price.tasks] the least of the scaling runs all month, and the most is told", () => {
    const bill = price([stackOf(fargate)]);
    // 2 tasks × 0.5 vCPU × 730 h × 0.03238, and 6 of them.
    expect(lineOf(bill, "fargate.arm.vcpu")).toMatchObject({ idle: { quantity: 730, usd: 23.6374 }, mostUsd: 70.9122 });
    expect(lineOf(bill, "fargate.arm.memory").idle.usd).toBe(5.1976);
  });

  test("[landing.price.tasks] a load that two tasks cannot serve adds some in busy hours, no more than there may be", () => {
    const quantity = (text: string): number =>
      lineOf(price([stackOf(fargate)], { load: parseLoad(text) }), "fargate.arm.vcpu").load.quantity;
    const busy = "busyHoursPerDay=12,requestsPerTurn=1,requestsPerSecondPerVcpu=10";
    // 864,000 requests in 12 hours are 20 a second; a task serves 5.
    expect(quantity(`${busy},turnsPerDay=864000`)).toBeCloseTo(0.5 * (2 * 365 + 4 * 365), 6);
    expect(quantity(`${busy},turnsPerDay=86400000`)).toBeCloseTo(0.5 * (2 * 365 + 6 * 365), 6);
    expect(quantity(`${busy},turnsPerDay=1`)).toBe(730);
  });

  test("[landing.price.tasks] without scaling, as many as are asked for; public addresses and large disks are paid", () => {
    const bill = price([
      stackOf({
        Task: ["AWS::ECS::TaskDefinition", { Cpu: "256", Memory: "512", EphemeralStorage: { SizeInGiB: 50 } }],
        Service: [
          "AWS::ECS::Service",
          {
            DesiredCount: 3,
            TaskDefinition: { Ref: "Task" },
            NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: "ENABLED" } },
          },
        ],
      }),
    ]);
    expect(lineOf(bill, "fargate.x86.vcpu").idle.quantity).toBe(3 * 0.25 * 730);
    expect(lineOf(bill, "fargate.storage").idle.quantity).toBe(3 * 30 * 730);
    expect(lineOf(bill, "ipv4.hour").idle.usd).toBe(10.95);
  });
});

describe("networks", () => {
  test("[landing.price.network] a NAT instance is a machine, a disk and an address; an elastic one takes that one's place", () => {
    const machine = {
      InstanceType: "t4g.nano",
      SourceDestCheck: false,
      NetworkInterfaces: [{ AssociatePublicIpAddress: true, DeviceIndex: "0" }],
      BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 8, VolumeType: "gp3" } }],
    };
    const alone = price([stackOf({ Nat: ["AWS::EC2::Instance", machine] }, { part: "Network" })]);
    // 730 × 0.0042 + 8 × 0.08 + 730 × 0.005, and 0.008 for data between zones.
    expect(alone.idleUsd).toBe(7.364);
    const elastic = price([
      stackOf({
        Nat: ["AWS::EC2::Instance", machine],
        Address: ["AWS::EC2::EIP", { InstanceId: { Ref: "Nat" } }],
      }),
    ]);
    expect(elastic.idleUsd).toBe(alone.idleUsd);
  });

  test("[landing.price.network] machines of a group are as many as are wanted, of its template's type", () => {
    const bill = price([
      stackOf({
        Template: ["AWS::EC2::LaunchTemplate", { LaunchTemplateData: { InstanceType: "t4g.small" } }],
        Group: [
          "AWS::AutoScaling::AutoScalingGroup",
          {
            MinSize: "2",
            MaxSize: "2",
            LaunchTemplate: { LaunchTemplateId: { Ref: "Template" }, Version: "1" },
            VPCZoneIdentifier: [{ Ref: "Public" }],
          },
        ],
        Public: ["AWS::EC2::Subnet", { MapPublicIpOnLaunch: true }],
      }),
    ]);
    expect(lineOf(bill, "ec2.t4g.small").idle.usd).toBe(24.528);
    expect(lineOf(bill, "ebs.gp3").idle.quantity).toBe(16);
    expect(lineOf(bill, "ipv4.hour").idle.usd).toBe(7.3);
  });

  test("[landing.price.network] endpoints are paid by zone, those to S3 and DynamoDB not at all", () => {
    const bill = price([
      stackOf({
        Kms: ["AWS::EC2::VPCEndpoint", { VpcEndpointType: "Interface", SubnetIds: ["a", "b", "c"] }],
        S3: ["AWS::EC2::VPCEndpoint", { VpcEndpointType: "Gateway" }],
      }),
    ]);
    expect(lineOf(bill, "endpoint.hour").idle.usd).toBe(21.9);
    expect(bill.lines.filter(({ status }) => status === "free").map(({ logicalIds }) => logicalIds)).toEqual([["S3"]]);
  });

  test("[landing.price.network] a load balancer that the Internet reaches has an address in each zone", () => {
    const inside = ["AWS::ElasticLoadBalancingV2::LoadBalancer", { Scheme: "internal", Subnets: ["a", "b"] }] as const;
    const outside = [
      "AWS::ElasticLoadBalancingV2::LoadBalancer",
      { Scheme: "internet-facing", Subnets: ["a", "b"] },
    ] as const;
    expect(price([stackOf({ Alb: inside })]).idleUsd).toBe(16.425);
    expect(price([stackOf({ Alb: outside })]).idleUsd).toBe(23.725);
  });
});

describe("databases", () => {
  const instance = { DBInstanceClass: "db.t4g.micro", AllocatedStorage: "20", Engine: "postgres" };

  test("[landing.price.database] RDS by class, storage and standby, with the secret that it keeps", () => {
    const bill = price([
      stackOf({ Db: ["AWS::RDS::DBInstance", { ...instance, MultiAZ: true, ManageMasterUserPassword: true }] }),
    ]);
    // 2 × (730 × 0.016 + 20 × 0.115) + 0.40
    expect(bill.idleUsd).toBe(28.36);
  });

  test("[landing.price.database] a class that is not in the table is not priced, and said so", () => {
    const bill = price([stackOf({ Db: ["AWS::RDS::DBInstance", { ...instance, DBInstanceClass: "db.x9.huge" }] })]);
    const line = bill.lines.find(({ status }) => status === "not-priced");
    expect(line).toMatchObject({
      what: "PostgreSQL, db.x9.huge",
      because: "There is no price of rds.x9.huge in the table.",
    });
  });

  test("[landing.price.database] Aurora by its least, up to its most; with a task running it never pauses", () => {
    const aurora = (MinCapacity: number, MaxCapacity: number) =>
      ({
        Cluster: [
          "AWS::RDS::DBCluster",
          { Engine: "aurora-postgresql", ServerlessV2ScalingConfiguration: { MinCapacity, MaxCapacity } },
        ],
        Writer: ["AWS::RDS::DBInstance", { DBInstanceClass: "db.serverless", DBClusterIdentifier: { Ref: "Cluster" } }],
      }) as const;
    expect(lineOf(price([stackOf(aurora(0, 4))]), "aurora.acu").idle.usd).toBe(0);
    const served = lineOf(price([stackOf({ ...aurora(0, 4), ...fargate })]), "aurora.acu");
    expect(served.idle.usd).toBe(43.8);
    expect(served.note).toContain("does not pause");
    // In 8 hours a day 1 ACU instead of a half.
    expect(served.load.usd).toBeCloseTo(43.8 + 0.5 * 8 * (730 / 24) * 0.12, 6);
  });
});

describe("what watches and keeps", () => {
  test("[landing.price.operations] alarms by metric, those of high resolution by more, bands by three", () => {
    const metric = (Period: number) => ({ MetricStat: { Metric: {}, Period, Stat: "Sum" } });
    const bill = price([
      stackOf({
        Plain: ["AWS::CloudWatch::Alarm", { MetricName: "x", Period: 60 }],
        Ratio: ["AWS::CloudWatch::Alarm", { Metrics: [metric(60), metric(60), { Expression: "a/b" }] }],
        Band: ["AWS::CloudWatch::Alarm", { ThresholdMetricId: "t", Metrics: [metric(60), { Expression: "BAND" }] }],
        Fast: ["AWS::CloudWatch::Alarm", { MetricName: "x", Period: 10 }],
        Both: "AWS::CloudWatch::CompositeAlarm",
      }),
    ]);
    expect(lineOf(bill, "alarm.metric").idle).toEqual({ quantity: 6, free: 6, usd: 0 });
    expect(lineOf(bill, "alarm.high-resolution").idle.usd).toBe(0.3);
    expect(lineOf(bill, "alarm.composite").idle.usd).toBe(0.5);
  });

  test("[landing.price.operations] a program's log is paid when it is taken in and while it is kept", () => {
    const load = parseLoad("turnsPerDay=1000,requestsPerTurn=10,logKilobytesPerRequest=10");
    const bill = price([stackOf(fargate)], { load });
    const gb = 0.05 + (1000 * (730 / 24) * 10 * 10) / 1024 ** 2;
    expect(lineOf(bill, "logs.ingest").load.usd).toBeCloseTo(gb * 0.5, 5);
    // Three months of it, at a fifth of its size.
    expect(lineOf(bill, "logs.storage").load.usd).toBeCloseTo(gb * 3 * 0.2 * 0.03, 5);
  });

  test("[landing.price.operations] keys, secrets and firewalls by number and use", () => {
    const load = parseLoad("turnsPerDay=240000,requestsPerTurn=10,uploadsPerDay=0");
    const bill = price(
      [
        stackOf({
          Seal: ["AWS::KMS::Key", { EnableKeyRotation: true }],
          Sign: ["AWS::KMS::Key", { KeySpec: "ECC_NIST_EDWARDS25519" }],
          One: "AWS::SecretsManager::Secret",
          Two: "AWS::SecretsManager::Secret",
          Acl: ["AWS::WAFv2::WebACL", { Rules: [{}, {}, {}] }],
        }),
      ],
      { load },
    );
    const line = lineOf(bill, "kms.key");
    expect([line.idle.usd, line.logicalIds, line.note]).toEqual([
      2,
      ["Seal", "Sign"],
      expect.stringContaining("rotations"),
    ]);
    // 7.3 million turns: a tenth of them, and a thousand that are always there, less 20,000.
    expect(lineOf(bill, "kms.request").load.usd).toBeCloseTo((731_000 - 20_000) * 0.000003, 6);
    expect(lineOf(bill, "kms.signature").load.usd).toBeCloseTo(730_000 * 0.000015, 6);
    expect(lineOf(bill, "secret.month").idle.usd).toBe(0.8);
    expect([lineOf(bill, "waf.acl").idle.usd, lineOf(bill, "waf.rule").idle.usd]).toEqual([5, 3]);
    expect(lineOf(bill, "waf.request").load.usd).toBeCloseTo(73_000_000 * 0.0000006, 6);
  });

  test("[landing.price.free] what is always free is counted once for the app, over all its stacks", () => {
    const alarms = (from: number) =>
      Object.fromEntries(
        Array.from({ length: 6 }, (_, at) => [`Alarm${from + at}`, "AWS::CloudWatch::Alarm"] as const),
      );
    const bill = price([
      stackOf(alarms(0), { part: "Network" }),
      stackOf(alarms(6), { part: "Monitoring" }),
      stackOf({ Board: "AWS::CloudWatch::Dashboard" }, { part: "Access" }),
    ]);
    const lines = pricedLines(bill).filter(({ key }) => key === "alarm.metric");
    expect(lines.map(({ idle }) => idle.free)).toEqual([6, 4]);
    expect(bill.idleUsd).toBe(0.2);
    expect(lines[0]?.alwaysFree?.says).toBe("CloudWatch: 10 metrics with alarms");
    expect(lineOf(bill, "dashboard.month").idle).toEqual({ quantity: 1, free: 1, usd: 0 });
  });

  test("[landing.price.free] what only new accounts get is not counted: a small database and a machine are paid from the first hour", () => {
    const bill = price([
      stackOf({
        Db: ["AWS::RDS::DBInstance", { DBInstanceClass: "db.t4g.micro", Engine: "postgres", AllocatedStorage: 20 }],
        Machine: ["AWS::EC2::Instance", { InstanceType: "t4g.micro" }],
      }),
    ]);
    expect(pricedLines(bill).every(({ idle }) => idle.free === 0)).toBe(true);
    expect(bill.idleUsd).toBe(20.752);
  });
});

describe("every resource", () => {
  test("[landing.price.whole] what is not known has a line that says so, and so has what is set up in ways that are not known", () => {
    const bill = price([
      stackOf({
        Odd: "AWS::Quantum::Thing",
        Spot: ["AWS::ECS::Service", { CapacityProviderStrategy: [{ CapacityProvider: "FARGATE_SPOT" }] }],
        Provisioned: ["AWS::DynamoDB::Table", { BillingMode: "PROVISIONED" }],
        Network: ["AWS::ElasticLoadBalancingV2::LoadBalancer", { Type: "network" }],
        Rare: ["AWS::DynamoDB::Table", { BillingMode: "PAY_PER_REQUEST", TableClass: "STANDARD_INFREQUENT_ACCESS" }],
        MySql: ["AWS::RDS::DBInstance", { DBInstanceClass: "db.t4g.micro", Engine: "mysql" }],
        Disks: [
          "AWS::EC2::Instance",
          { InstanceType: "t4g.nano", BlockDeviceMappings: [{ Ebs: { VolumeSize: 8, VolumeType: "io2" } }] },
        ],
        Seldom: ["AWS::Logs::LogGroup", { LogGroupClass: "INFREQUENT_ACCESS" }],
        Role: "AWS::IAM::Role",
        Custom: "Custom::Something",
      }),
    ]);
    const of = (status: string): readonly string[] =>
      bill.lines.filter((line) => line.status === status).flatMap(({ logicalIds }) => logicalIds);
    expect(of("not-priced").toSorted()).toEqual([
      "Disks",
      "MySql",
      "Network",
      "Odd",
      "Provisioned",
      "Rare",
      "Seldom",
      "Spot",
    ]);
    expect(of("free").toSorted()).toEqual(["Custom", "Role"]);
    expect(of("priced")).toEqual([]);
  });
});
