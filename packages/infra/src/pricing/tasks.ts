import { asObject, type Placed, type Topology } from "./topology.ts";
import { hoursPerMonth, type Usage } from "./usage.ts";

const target = "AWS::ApplicationAutoScaling::ScalableTarget";

/** The tasks of an ECS service. */
export interface Tasks {
  readonly definition: Placed | undefined;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly arm: boolean;
  /** Above the 20 GB that each has for nothing. */
  readonly extraStorageGb: number;
  readonly min: number;
  readonly max: number;
  /** On average over the month. */
  readonly count: (usage: Usage) => number;
}

/** Of a service as it is when nothing is deployed: blue and green are both there for minutes only. */
export function tasksOf(service: Placed, app: Topology): Tasks {
  const definition = app.target(service, "AWS::ECS::TaskDefinition", "TaskDefinition");
  const cpu = (definition && app.number(definition, "Cpu")) ?? 256;
  const memory = (definition && app.number(definition, "Memory")) ?? 512;
  const storage = (definition && app.number(definition, "EphemeralStorage", "SizeInGiB")) ?? 20;
  const architecture = definition && app.value(definition, "RuntimePlatform", "CpuArchitecture");
  const scaling = app.ofType(target).find((one) => app.mentioned(one, "ResourceId").includes(service));
  const desired = app.number(service, "DesiredCount") ?? 1;
  const min = (scaling && app.number(scaling, "MinCapacity")) ?? desired;
  const max = (scaling && app.number(scaling, "MaxCapacity")) ?? desired;
  const vcpu = cpu / 1024;
  return {
    definition,
    vcpu,
    memoryGb: memory / 1024,
    arm: architecture === "ARM64",
    extraStorageGb: Math.max(0, storage - 20),
    min,
    max,
    count({ requestsPerBusySecond, busyHours, load }) {
      const needed = Math.ceil(requestsPerBusySecond / (vcpu * load.requestsPerSecondPerVcpu));
      const busy = Math.min(Math.max(needed, min), Math.max(max, min));
      return min + ((busy - min) * busyHours) / hoursPerMonth;
    },
  };
}

/** Of all services together. */
export function allTasks(app: Topology): (usage: Usage) => number {
  const services = app.ofType("AWS::ECS::Service").map((service) => tasksOf(service, app));
  return (usage) => services.reduce((sum, tasks) => sum + tasks.count(usage), 0);
}

/** Names of the log groups that programs write to, with the stack they are in. */
export function programLogs(app: Topology): ReadonlySet<Placed> {
  const groups = app.ofType("AWS::ECS::Service").flatMap((service) => {
    const definition = tasksOf(service, app).definition;
    const containers = definition === undefined ? [] : asList(definition.properties["ContainerDefinitions"]);
    return containers.flatMap((container) => {
      const options = asObject(asObject(asObject(container)?.["LogConfiguration"])?.["Options"]);
      return definition === undefined ? [] : app.meaning(definition.stackName, options?.["awslogs-group"]).resources;
    });
  });
  return new Set(groups);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
