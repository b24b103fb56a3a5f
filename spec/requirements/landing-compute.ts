import type { Requirement } from "../requirement.ts";

const source = "issue 5";

export const landingComputeRequirements: readonly Requirement[] = [
  {
    id: "landing.compute.offline",
    source,
    behaviour: "An app is synthesized without credentials or look-ups, whether or not its account is named.",
  },
  {
    id: "landing.compute.limits",
    source,
    behaviour: "Templates have less than 1 MB and 500 resources, and are synthesized within 1.5 seconds.",
  },
  {
    id: "landing.compute.ids",
    source,
    behaviour: "The logical ids of what is deployed never change, in any topology and environment.",
  },
  {
    id: "landing.compute.zones",
    source,
    behaviour:
      "A network has private and data subnets in two zones or three; a third zone, or one by name, moves nothing.",
  },
  {
    id: "landing.compute.private",
    source,
    behaviour: "Programs, load balancer and database are in private subnets and have no public address.",
  },
  {
    id: "landing.compute.gateway-endpoints",
    source,
    behaviour: "S3 and DynamoDB are reached by gateway endpoints from every subnet, whatever the way out.",
  },
  {
    id: "landing.compute.nat-instance",
    source,
    behaviour:
      "A NAT instance is a t4g.nano that forwards, without SSH, with IMDSv2 and an encrypted disk, brought back if it fails.",
  },
  {
    id: "landing.compute.nat-gateway",
    source,
    behaviour: "A NAT gateway, if chosen, is what private subnets go out by, and there is no instance.",
  },
  {
    id: "landing.compute.ipv6",
    source,
    behaviour:
      "With ipv6, subnets have two stacks and go out by an egress-only gateway; without endpoints for ECR and logs it is refused.",
  },
  {
    id: "landing.compute.interface-endpoints",
    source,
    behaviour: "Interface endpoints are made only when asked for, and let in the network alone.",
  },
  {
    id: "landing.compute.flow-logs",
    source,
    behaviour: "Refused connections are written down for 30 days; all, or none, if the app says so.",
  },
  {
    id: "landing.compute.task",
    source,
    behaviour:
      "Each program runs on Fargate for arm64 by an image's digest, with a read-only root, /tmp, and no capability.",
  },
  {
    id: "landing.compute.own-image",
    source,
    behaviour: "Aloft's own image runs as its own user, and is asked by its own command whether it is alive.",
  },
  {
    id: "landing.compute.environment",
    source,
    behaviour:
      "A program is told where it is found, what stands before it and what was made for it; what was made wins over settings.",
  },
  {
    id: "landing.compute.permissions",
    source,
    behaviour: "A program's role has the statements of its permissions, and no others.",
  },
  {
    id: "landing.compute.execution-role",
    source,
    behaviour: "What starts a task may pull from the app's repository and write its own log, and nothing else.",
  },
  {
    id: "landing.compute.rolling",
    source,
    behaviour: "A version that does not start is taken back, and the one before serves until the new one answers.",
  },
  {
    id: "landing.compute.blue-green",
    source,
    behaviour: "A blue/green deployment is ECS's own, between two target groups behind one rule.",
  },
  {
    id: "landing.compute.stop",
    source,
    behaviour: "Draining ends before SIGKILL: deregistration and the program's own grace are shorter than stopTimeout.",
  },
  {
    id: "landing.compute.scaling",
    source,
    behaviour: "Tasks follow processor and memory between least and most; a deployment leaves their number alone.",
  },
  {
    id: "landing.compute.backlog",
    source,
    behaviour: "Scaling on waiting work aims for so much of it for each task, a number that falls as tasks rise.",
  },
  {
    id: "landing.compute.telemetry",
    source,
    behaviour: "With openTelemetry a collector runs beside the program, within its task's memory and role.",
  },
  {
    id: "landing.compute.migration",
    source,
    behaviour:
      "A task of its own role, log and security group migrates, and is deployed with the new image before the service.",
  },
  {
    id: "landing.compute.sessions",
    source,
    behaviour: "The NAT instance can be a port forwarder to the database, for sessions of Session Manager.",
  },
  {
    id: "landing.compute.load-balancer",
    source,
    behaviour:
      "The load balancer is internal, lets in CloudFront alone, drops invalid headers and cannot be deleted where data is protected.",
  },
  {
    id: "landing.compute.origin",
    source,
    behaviour:
      "CloudFront reaches the load balancer as a VPC origin, caches nothing, and waits longer than the server is silent.",
  },
  {
    id: "landing.compute.without-domain",
    source,
    behaviour: "Without a domain CloudFront's own name serves https, and programs know it as FRONTEND_URL.",
  },
  {
    id: "landing.compute.route53",
    source,
    behaviour:
      "A domain in Route 53 gets certificates, addresses of both kinds, and the newest TLS policies up to the load balancer.",
  },
  {
    id: "landing.compute.external-dns",
    source,
    behaviour: "With DNS elsewhere the outputs say which record to set, and the domain's own certificate is used.",
  },
  {
    id: "landing.compute.guard",
    source,
    behaviour: "Firewall and certificate are in us-east-1 wherever the app is, and there only if there are any.",
  },
  {
    id: "landing.compute.waf",
    source,
    behaviour:
      "The firewall refuses by AWS's rules and by rate; what people write in a message or upload is never a reason.",
  },
  {
    id: "landing.compute.regions",
    source,
    behaviour: "A region whose private load balancers CloudFront is not known to reach is refused with what to do.",
  },
  {
    id: "landing.compute.outputs",
    source,
    behaviour: "The outputs name all that deploying, watching and opening an app needs.",
  },
  {
    id: "landing.compute.later-domain",
    source,
    behaviour:
      "A domain can be added to what is deployed: CloudFront, which changes no VPC origin in use, gets another.",
  },
  {
    id: "landing.compute.later-tags",
    source,
    behaviour:
      "Tags can be changed at any time: what refuses other tags while it is in use has only those that never change.",
  },
  {
    id: "landing.compute.later-port",
    source,
    behaviour: "The program's port can be changed: nothing that other stacks name is replaced.",
  },
  {
    id: "landing.compute.later-sign-in",
    source,
    behaviour: "The sign-in to a database can be changed in both directions: what other stacks import stays exported.",
  },
  {
    id: "landing.compute.first-tasks",
    source,
    behaviour:
      "The service waits for what its tasks need to start: their roles' policies and the way to the load balancer.",
  },
  {
    id: "landing.compute.failures",
    source,
    behaviour:
      "A stack that fails is told with the reasons of that operation alone; of what another part still takes, which part goes first.",
  },
  {
    id: "landing.compute.begin-again",
    source,
    behaviour:
      "A first deployment that failed can be begun again: what has a name is taken back with it, or taken over.",
  },
  {
    id: "landing.compute.zones-reached",
    source,
    behaviour:
      "Before a network is made, a zone of the account that CloudFront does not reach into is refused with those to take.",
  },
  {
    id: "landing.compute.provider",
    source,
    behaviour:
      "Whether the account knows GitHub's tokens is held against the configuration before anything is changed.",
  },
  {
    id: "landing.compute.abandoned",
    source,
    behaviour: "A stack of what was turned off, which nothing uses and somebody pays, is told with what removes it.",
  },
  {
    id: "landing.compute.errors-uncached",
    source,
    behaviour: "CloudFront keeps no error: the next who asks for the same path is answered by the program.",
  },
  {
    id: "landing.compute.redeploy",
    source,
    behaviour: "New tasks are waited for in rolling and blue/green deployments, each by what ECS tells of it.",
  },
];
