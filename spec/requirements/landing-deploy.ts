import type { Requirement } from "../requirement.ts";

const source = "issue 5, deploy";
const rows: readonly (readonly [string, string])[] = [
  [
    "secrets",
    "Required secrets without a value stop a deployment before anything runs, with the command that fills them.",
  ],
  ["lock", "A second deployment of the same environment is told who deploys, and that it changed nothing."],
  ["lock.gone", "Whoever was killed at it is taken for gone after two minutes, and the next deployment goes on."],
  ["record", "The last ten versions that were put to work are noted down; the one before is what a rollback takes."],
  ["changes.data", "What goes with data in it is named before it goes, apart from what is only changed or kept."],
  ["changes.access", "Whoever may do more than before is named, with what."],
  [
    "changes.new",
    "A first deployment says in some ten lines who may do what; more for what is there is told one by one.",
  ],
  ["resources.paged", "Everything that a stack has made is found, also beyond the first hundred."],
  ["migration.limit", "A migration is waited for with word of it every half minute, and for half an hour at most."],
  ["broken.protected", "A first deployment that protection kept from being taken back is told with how to lift it."],
  ["leftover.bucket", "What removes a bucket that is left removes every version in it."],
  [
    "account.reading",
    "Commands that only read tell of credentials of another account, and not that nothing is deployed.",
  ],
  ["profile", "A profile that gives no credentials is named."],
  ["changes.shown", "What changes is shown before it does, also where nothing has to be agreed to."],
  ["changes.words", "Who may do what is said by the names of the app's parts, without CloudFormation's references."],
  ["account", "Credentials of another account than the configured one are refused before anything is asked of it."],
  [
    "credentials",
    "Missing and expired credentials, refusals and an unreachable AWS are said in plain words, with what to run.",
  ],
  ["confirm", "Where nobody is at a terminal, nothing that needs a yes is done without --yes."],
  ["part", "A part that is not there is refused with those that are."],
  ["parts.order", "A part is not deployed before those that it stands on."],
  ["image.pinned", "An image without a digest is refused."],
  [
    "image.build",
    "Images are built for linux/arm64 by the first builder on the PATH; without one it is said what to install.",
  ],
  ["migration", "A migration is run once with the network that the template says, and waited for."],
  ["migration.failed", "A migration that fails stops the deployment, with its last lines and what to do."],
  ["smoke", "The new version has to answer at every path; it is asked again until it does."],
  ["smoke.failed", "A version that does not answer is told with the last answer, and how to go back."],
  [
    "domain",
    "A hosted zone that is not there, of another name, or that the world does not ask is found before anything waits for it.",
  ],
  ["stopped", "Ctrl-C says what CloudFormation goes on doing, and that the same command goes on."],
  ["limits", "A template over CloudFormation's limits is refused with the limit."],
  ["broken", "Stacks that are being changed, or cannot be taken back, are named with the command that helps."],
  ["nothing", "Commands about what is not deployed say so, with the command that deploys it."],
  ["data.production", "Production's store is filled only if that is said, and nothing is copied otherwise."],
  ["data.private", "A database in a private network is refused without a tunnel, with how to open one."],
  ["since", "A span of time that cannot be read is refused with an example."],
];

export const landingDeployRequirements: readonly Requirement[] = rows.map(([id, behaviour]) => ({
  id: `landing.deploy.${id}`,
  source,
  behaviour,
}));
