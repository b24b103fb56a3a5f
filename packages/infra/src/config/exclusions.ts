import type { Issue } from "@aloft/core/errors";
import type { ResolvedOptions } from "./schema.ts";

/** Options that cannot be had together. */
export function exclusions(options: ResolvedOptions): Issue[] {
  if (options.topology === "library") return [];
  const { scaling, cpu, memoryMiB } = options.service;
  const faults: Issue[] = [];
  const fault = (path: string, message: string): void => void faults.push({ path, message });
  if (scaling.minTasks > scaling.maxTasks) {
    fault("service.scaling", `minTasks (${scaling.minTasks}) is more than maxTasks (${scaling.maxTasks}).`);
  }
  const [least, most] = memoryOf[cpu];
  if (memoryMiB < least || memoryMiB > most) {
    fault("service.memoryMiB", `With cpu ${cpu} Fargate has from ${least} to ${most} MiB.`);
  } else if (memoryMiB !== 512 && memoryMiB % 1024 !== 0) {
    fault("service.memoryMiB", "Fargate has it in steps of 1024 MiB.");
  }
  if (options.service.image === "aloft" && options.secrets !== undefined) {
    fault("secrets", 'The image "aloft" reads its own secrets: leave secrets out, or give a Dockerfile.');
  }
  if (options.topology === "relational" && options.database.engine === "aurora-serverless-v2") {
    const { minAcu, maxAcu } = options.database;
    if (minAcu > maxAcu) fault("database", `minAcu (${minAcu}) is more than maxAcu (${maxAcu}).`);
  }
  if (
    options.topology === "relational" &&
    options.database.signIn === "iam" &&
    typeof options.service.image === "object"
  ) {
    const why = "A token signs in for 15 minutes, and only Aloft's own server makes a new one for each connection";
    fault("database.signIn", `${why}: take "secret" for a program of your own, or service.image "aloft".`);
  }
  const { domain } = options;
  if (domain?.dns.provider === "external") {
    const region = domain.dns.certificateArn.split(":")[3];
    if (region !== "us-east-1") {
      const why = "CloudFront looks for certificates in us-east-1 only";
      fault("domain.dns.certificateArn", `is in ${region}: ${why}. Ask for one of ${domain.name} there.`);
    }
  }
  if (domain?.dns.provider === "route53") {
    const { zoneName } = domain.dns;
    if (domain.name !== zoneName && !domain.name.endsWith(`.${zoneName}`)) {
      fault("domain", `${domain.name} is not in the zone ${zoneName}: give the hosted zone that it belongs to.`);
    }
  }
  return faults;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */
const memoryOf = {
  256: [512, 2048],
  512: [1024, 4096],
  1024: [2048, 8192],
  2048: [4096, 16_384],
  4096: [8192, 30_720],
} as const;
