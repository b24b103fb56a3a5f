import type { TemplateDiff } from "@aws-cdk/cloudformation-diff";
import type { StackChanges } from "./changes.ts";

type Statement = TemplateDiff["iamChanges"]["statements"]["additions"][number];
type IngressRule = TemplateDiff["securityGroupChanges"]["ingress"]["additions"][number];

/** What `@aws-cdk/cloudformation-diff` says of a statement that allows: the package does not let its own name for it out. */
const allow: unknown = "Allow";

/**
 * Who may do more than before: all of it, and in short. In short, what a new resource's own policy lets the account and AWS's
 * services do is one line for all of them, and so are the roles and the inner traffic of a stack that is new as a whole.
 * @param account the app's own, if its templates name it.
 */
export function wideningsOf(
  diff: TemplateDiff,
  isNew: boolean,
  account: string | undefined,
): Pick<StackChanges, "widens" | "widensInShort"> {
  const isAdded = additionsOf(diff);
  const statements = diff.iamChanges.statements.additions.filter(({ effect }) => effect === allow);
  const rules = diff.securityGroupChanges.ingress.additions;
  const policies = diff.iamChanges.managedPolicies.additions.map(
    ({ identityArn, managedPolicyArn }) => `${readable(identityArn)} gets the policy ${readable(managedPolicyArn)}`,
  );
  const own = statements.filter((statement) => isOwnPolicy(statement, isAdded, account));
  const ofRoles = isNew ? statements.filter((statement) => isOfNewRole(statement, isAdded)) : [];
  const inner = isNew ? rules.filter((rule) => isInner(rule, isAdded)) : [];
  return {
    widens: [...statements.map(statementText), ...policies, ...rules.map(ruleText)],
    widensInShort: [
      ...ownPoliciesText(own),
      ...rolesText(ofRoles),
      ...innerText(inner),
      ...statements.filter((one) => !own.includes(one) && !ofRoles.includes(one)).map(statementText),
      ...policies,
      ...rules.filter((one) => !inner.includes(one)).map(ruleText),
    ],
  };
}

/** Whether a value of the difference refers to something that the template did not have before. */
function additionsOf({ resources }: TemplateDiff): (value: string) => boolean {
  const added = new Set<string>();
  resources.forEachDifference((id, { changeImpact }) => {
    const impact: string = changeImpact;
    if (impact === "WILL_CREATE") added.add(id);
  });
  return (value) => {
    const id = /^(?:AWS:)?\$\{(\w+)(?:\.\w+)?\}(?:\/\*)?$/.exec(value)?.[1];
    return id !== undefined && added.has(id);
  };
}

/** Of the resource itself, for nobody but the account and AWS's services. */
function isOwnPolicy(
  { principals, resources }: Statement,
  isAdded: (value: string) => boolean,
  account = "${AWS::AccountId}",
): boolean {
  const roots = [account, "${AWS::AccountId}"].map((id) => `AWS:arn:\${AWS::Partition}:iam::${id}:root`);
  return (
    every(resources.values, isAdded) &&
    every(principals.values, (who) => who.startsWith("Service:") || roots.includes(who))
  );
}

/** What a new role may do, unless that is everything of a service. */
function isOfNewRole({ principals, actions }: Statement, isAdded: (value: string) => boolean): boolean {
  return every(principals.values, isAdded) && every(actions.values, (action) => !action.endsWith("*"));
}

/** Into a new group, and not from everywhere. */
function isInner(rule: IngressRule, isAdded: (value: string) => boolean): boolean {
  return isAdded(rule.groupId) && !/^Everyone|0\.0\.0\.0\/0|::\/0/.test(rule.describePeer());
}

function every(values: readonly string[], fits: (value: string) => boolean): boolean {
  return values.length > 0 && values.every(fits);
}

function ownPoliciesText(statements: readonly Statement[]): readonly string[] {
  const resources = distinct(statements.flatMap(({ resources }) => resources.values).map(readable));
  if (resources.length === 0) return [];
  const principals = distinct(statements.flatMap(({ principals }) => principals.values).map(ownPrincipal));
  return [`${resources.join(", ")}, new: used by ${principals.join(", ")} as their own policies say`];
}

function ownPrincipal(value: string): string {
  return value.startsWith("AWS:") ? "the account's policies" : readable(value);
}

function rolesText(statements: readonly Statement[]): readonly string[] {
  const services = new Map<string, Set<string>>();
  for (const { principals, actions } of statements)
    for (const role of principals.values.map(readable)) {
      const found = services.get(role) ?? new Set();
      for (const action of actions.values) found.add(action.split(":")[0] ?? action);
      services.set(role, found);
    }
  if (services.size === 0) return [];
  const roles = [...services].map(([role, used]) => `${role} (${[...used].join(", ")})`);
  return [`new roles, each with what it uses: ${roles.join("; ")}`];
}

function innerText(rules: readonly IngressRule[]): readonly string[] {
  const groups = distinct(rules.map(({ groupId }) => readable(groupId)));
  const peers = distinct(rules.map((rule) => readable(rule.describePeer())));
  return groups.length === 0 ? [] : [`new security groups ${groups.join(", ")} take traffic from ${peers.join(", ")}`];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function statementText({ principals, actions, resources }: Statement): string {
  const who = words(principals.values) || "whoever has the policy";
  return `${who} may ${words(actions.values)} on ${words(resources.values)}`;
}

function ruleText(rule: IngressRule): string {
  return `${readable(rule.groupId)} takes ${rule.describeProtocol()} from ${readable(rule.describePeer())}`;
}

const shownValues = 4;

function words(values: readonly string[]): string {
  const shown = values.slice(0, shownValues).map(readable).join(", ");
  return values.length > shownValues ? `${shown} and ${values.length - shownValues} more` : shown;
}

/** A principal or resource as templates refer to it, without what only CloudFormation needs of it. */
function readable(value: string): string {
  return value
    .replaceAll(/\{"Fn::ImportValue":"([^":]+):ExportsOutput(?:FnGetAtt|Ref)(\w+?)[0-9A-F]{8}\w*"\}/g, "$2 of $1")
    .replaceAll(/\$\{(\w+?)[0-9A-F]{8}(?:\.\w+)?\}/g, "$1")
    .replace(/^AWS:arn:\$\{AWS::Partition\}:iam::\$\{AWS::AccountId\}:root$/, "the account's policies")
    .replaceAll("${AWS::Partition}", "aws")
    .replaceAll("${AWS::AccountId}", "<account>")
    .replace(/^(?:AWS|Service):/, "");
}
