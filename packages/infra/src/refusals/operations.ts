import type { Placed } from "../describe/references.ts";
import { at, type Design, hasNat, list, literal, placeOf, record } from "./design.ts";
import type { Found, Rule } from "./rule.ts";

const found = (placed: Placed, what: string): Found => ({ where: placeOf(placed), what });

/** Rules on models, traces, money, and what a template may hold. */
export const operationsRules: readonly Rule[] = [
  {
    id: "dated-model",
    level: "warning",
    row: "Bedrock",
    fact: "Dated ids of models become legacy and then fail; new ones come without asking for approval.",
    evidence: "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
    instead: "Name a current one in models.defaultModel; aloft deploy asks Bedrock whether the account may use it.",
    find: ({ app }) =>
      app.topology !== "library" &&
      app.models.provider === "bedrock" &&
      /-20\d{6}(-|$)/.test(app.models.defaultModel ?? "")
        ? [{ where: "models.defaultModel", what: `${app.models.defaultModel} is of a certain day.` }]
        : [],
  },
  {
    id: "x-ray-daemon",
    level: "warning",
    row: "tracing",
    fact: "The X-Ray daemon and its SDKs are in maintenance since 2026-02: they get no features, and end.",
    evidence: "https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-migration.html",
    instead: "Collect by OpenTelemetry: openTelemetry: true puts a collector beside the program.",
    find: ({ of }) => [
      ...of("AWS::ECS::TaskDefinition").flatMap((task) =>
        list(at(task, "ContainerDefinitions"))
          .map((container) => literal(at(container, "Image")) ?? "")
          .filter((image) => /xray-daemon/.test(image))
          .map((image) => found(task, `It runs ${image}.`)),
      ),
      ...of("AWS::ECS::TaskDefinition").flatMap((task) =>
        list(at(task, "ContainerDefinitions"))
          .flatMap((container) => list(at(container, "Environment")))
          .filter((setting) => at(setting, "Name") === "AWS_XRAY_DAEMON_ADDRESS")
          .map(() => found(task, "Its program is set up for the X-Ray SDK.")),
      ),
    ],
  },
  {
    id: "budget-tells-nobody",
    level: "refusal",
    row: "cost tags and budgets",
    fact: "A budget without subscribers is kept and tells nobody. Cost tags count only after they are activated, which no template can do.",
    evidence: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html",
    instead:
      "Give its notifications subscribers; budget: { monthlyUsd, emails } does. aloft deploy activates the tags.",
    find: ({ of }) =>
      of("AWS::Budgets::Budget")
        .filter((budget) => {
          const notices = list(at(budget, "NotificationsWithSubscribers"));
          return notices.length === 0 || notices.some((notice) => list(at(notice, "Subscribers")).length === 0);
        })
        .map((budget) => found(budget, "Nobody hears when it is spent.")),
  },
  {
    id: "endpoints-beside-nat",
    level: "warning",
    row: "interface endpoints",
    fact: "An interface endpoint costs $7.30 a month in each zone. With a way to the Internet anyway, most only add that.",
    evidence: "https://aws.amazon.com/privatelink/pricing/",
    instead: "Leave network.interfaceEndpoints empty; gateway endpoints of S3 and DynamoDB are free and always there.",
    find: ({ of }) =>
      !hasNat({ of })
        ? []
        : of("AWS::EC2::VPCEndpoint")
            .filter((endpoint) => at(endpoint, "VpcEndpointType") === "Interface")
            .map((endpoint) => found(endpoint, `${nameOfService(endpoint)} is reached over NAT as well.`)),
  },
  {
    id: "secret-in-template",
    level: "refusal",
    row: "state contains only ARNs",
    fact: "Who may read a stack's template reads every value in it, in all of its versions.",
    evidence: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html",
    instead: "Let AWS make the value (GenerateSecretString), or push it: aloft secrets push.",
    find: secretsInTemplates,
  },
  {
    id: "secure-parameter",
    level: "refusal",
    row: "state contains only ARNs",
    fact: "CloudFormation makes no parameters of type SecureString.",
    evidence: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html",
    instead: "Keep it in Secrets Manager, or push it: aloft secrets push.",
    find: ({ of }) =>
      of("AWS::SSM::Parameter")
        .filter((parameter) => at(parameter, "Type") === "SecureString")
        .map((parameter) => found(parameter, "It is a SecureString.")),
  },
];

function nameOfService(endpoint: Placed): string {
  return (literal(at(endpoint, "ServiceName")) ?? "A service").split(".").slice(-1)[0] ?? "A service";
}

const secretNames = /(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS)$/;

function secretsInTemplates({ of }: Design): readonly Found[] {
  const names = of("AWS::SecretsManager::Secret").map((secret) => literal(at(secret, "Name")));
  const literalSecret = (value: unknown) =>
    typeof value === "string" && value !== "" && !value.includes("{{resolve:") && !names.includes(value);
  return [
    ...of("AWS::SecretsManager::Secret")
      .filter((secret) => literalSecret(at(secret, "SecretString")))
      .map((secret) => found(secret, "Its value is written in the template.")),
    ...of("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
      .filter((database) => literalSecret(at(database, "MasterUserPassword")))
      .map((database) => found(database, "Its password is written in the template.")),
    ...of("AWS::ECS::TaskDefinition").flatMap((task) =>
      list(at(task, "ContainerDefinitions"))
        .flatMap((container) => list(at(container, "Environment")))
        .filter(
          (setting) => secretNames.test(literal(at(setting, "Name")) ?? "") && literalSecret(at(setting, "Value")),
        )
        .map((setting) =>
          found(task, `The value of ${literal(at(setting, "Name")) ?? "?"} is written in the template.`),
        ),
    ),
    ...of("AWS::Lambda::Function").flatMap((program) =>
      Object.entries(record(at(program, "Environment.Variables")))
        .filter(([name, value]) => secretNames.test(name) && literalSecret(value))
        .map(([name]) => found(program, `The value of ${name} is written in the template.`)),
    ),
  ];
}
