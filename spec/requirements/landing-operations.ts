import type { Requirement } from "../requirement.ts";

const row = (id: string, behaviour: string, source = "issue 5"): Requirement => ({ id, source, behaviour });

export const landingOperationsRequirements: readonly Requirement[] = [
  row(
    "landing.check.clean",
    "cdk-nag AwsSolutions, cfn-guard, cfn-lint and our own rules find nothing in three topologies × three environments without a reason beside the resource.",
  ),
  row("landing.check.reasons", "Every reason that is given answers a finding, and the list of them is reviewed."),
  row("landing.check.beside", "A reason says something, and is beside a resource: one for a whole stack is refused."),
  row(
    "landing.check.closest",
    "A reason answers for its construct and what is below it, and the closest one is shown.",
  ),
  row(
    "landing.check.finds",
    "A fault that is planted in an app is found by the tool that is for it, and has no reason.",
  ),
  row(
    "landing.check.own-rules",
    "Public tasks, images by tag, secret values, logs for ever, unprotected data and roles open to any repository are found.",
  ),
  row("landing.check.limits", "A template over CloudFormation's limits is found, with what it has and may have."),
  row("landing.check.platform", "Where cfn-guard does not run, a warning says so.", "HOUSE.md, no silent skips"),
  row("landing.check.quick", "Synthesis with all checks takes at most 8 seconds on two cores."),
  row(
    "landing.watch.alarms",
    "Alarms tell of 5xx answers, slow ones, unhealthy and missing tasks, unexpected errors and a store that fails, and when it is over.",
  ),
  row("landing.watch.idle", "An app without requests alarms nobody, but one without tasks does."),
  row("landing.watch.database", "A database's processor, connections and room are watched by what its size allows."),
  row(
    "landing.watch.log-lines",
    "What is counted in the log matches the lines that the server writes, and words of errors of programs in other languages.",
  ),
  row(
    "landing.watch.model-errors",
    "A reply that fails for its model is a line of the log with the error's code alone.",
  ),
  row("landing.watch.topic", "Alarms go to a topic that is encrypted, takes TLS only and mails who is named."),
  row("landing.watch.dashboard", "One dashboard a page shows requests, tasks, the store, errors and alarms."),
  row(
    "landing.watch.queries",
    "Errors, slow requests and one request by its id are saved queries over the log's own fields.",
  ),
  row(
    "landing.watch.collector",
    "With openTelemetry a pinned collector beside the program sends traces and metrics, and fails without it.",
  ),
  row(
    "landing.budget.notices",
    "Who is named is told at 80 % forecast and 100 % spent of one environment's budget, by its tags.",
  ),
  row(
    "landing.trail.locked",
    "API calls of all regions are kept a year in a bucket that is locked, private and outlives its stack.",
  ),
  row(
    "landing.detectors.told",
    "GuardDuty and Access Analyzer look for intruders and openings, and what is serious goes to the alarms.",
  ),
  row(
    "landing.deploy-role.subject",
    "Only jobs of the repository's environment may deploy it, by either form of GitHub's subject and the repository's number.",
    "issue 5, AWS-FACTS",
  ),
  row(
    "landing.deploy-role.provider",
    "GitHub's provider is made without thumbprints, once an account, and outlives its stack.",
  ),
  row(
    "landing.deploy-role.least",
    "The role may push to the app's images, run its migration and take CDK's roles, for an hour; nothing more.",
  ),
];
