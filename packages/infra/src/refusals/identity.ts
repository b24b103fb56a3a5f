import type { Placed } from "../describe/references.ts";
import { allows, at, type Design, list, literal, placeOf, record, texts } from "./design.ts";
import type { Found, Rule } from "./rule.ts";

const found = (placed: Placed, what: string): Found => ({ where: placeOf(placed), what });
const clients = ({ of }: Design) => of("AWS::Cognito::UserPoolClient");
const runtimes = ({ of }: Design) => of("AWS::BedrockAgentCore::Runtime");
const jwtOf = (runtime: Placed) => record(at(runtime, "AuthorizerConfiguration.CustomJWTAuthorizer"));
const isOfCognito = (runtime: Placed) => JSON.stringify(jwtOf(runtime)["DiscoveryUrl"] ?? "").includes("cognito-idp");

/** Rules on who somebody is: tokens, Cognito, GitHub. */
export const identityRules: readonly Rule[] = [
  {
    id: "hmac-key-signs",
    level: "refusal",
    row: "agent tokens",
    fact: "HMAC keys of KMS answer GenerateMac and VerifyMac only: Sign and Verify fail with every one.",
    evidence: "https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html",
    instead:
      "Take a key of ECC_NIST_EDWARDS25519, sign with ED25519_SHA_512, and verify offline against the published keys.",
    find: hmacKeysThatSign,
  },
  {
    id: "mcp-sign-in-by-cognito",
    level: "refusal",
    row: "MCP sign-in on Cognito",
    fact: "Cognito's discovery document names no PKCE methods and it registers no clients: MCP clients cannot sign in.",
    evidence: "https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization",
    instead: "Let Aloft's server be the issuer, with Cognito behind it, and give the Runtime its discovery URL.",
    find: (design) =>
      runtimes(design)
        .filter((runtime) => literal(at(runtime, "ProtocolConfiguration")) === "MCP" && isOfCognito(runtime))
        .map((runtime) => found(runtime, "An MCP server sends its clients to Cognito to sign in.")),
  },
  {
    id: "audience-of-cognito",
    level: "refusal",
    row: "one JWT for app and MCP",
    fact: "Access tokens of Cognito have no audience unless a user's sign-in asks for a resource: none is accepted.",
    evidence:
      "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
    instead:
      "Check AllowedClients and scopes for Cognito's tokens, or accept tokens of Aloft's issuer, which have one.",
    find: (design) =>
      runtimes(design)
        .filter((runtime) => isOfCognito(runtime) && list(jwtOf(runtime)["AllowedAudience"]).length > 0)
        .map((runtime) => found(runtime, "It asks Cognito's tokens for an audience.")),
  },
  {
    id: "implicit-flow",
    level: "refusal",
    row: "PKCE",
    fact: "The implicit flow puts tokens into addresses, and no PKCE protects it. CDK's defaults allow it, with a callback on example.com.",
    evidence: "https://datatracker.ietf.org/doc/html/rfc9700#section-2.1.2",
    instead: "Set oAuth.flows to the code grant alone, and oAuth.callbackUrls to your own.",
    find: (design) =>
      clients(design).flatMap((client) => [
        ...(texts(at(client, "AllowedOAuthFlows")).includes("implicit")
          ? [found(client, "It allows the implicit flow.")]
          : []),
        ...(texts(at(client, "CallbackURLs")).some((url) => /^https?:\/\/(www\.)?example\.(com|org)/.test(url))
          ? [found(client, "It sends people who signed in to example.com, which is not yours.")]
          : []),
      ]),
  },
  {
    id: "admin-scope",
    level: "warning",
    row: "PKCE",
    fact: "With the scope aws.cognito.signin.user.admin, which CDK gives by default, a token changes its user's own attributes.",
    evidence:
      "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html",
    instead: "Name oAuth.scopes: openid, email, profile.",
    find: (design) =>
      clients(design)
        .filter((client) => texts(at(client, "AllowedOAuthScopes")).includes("aws.cognito.signin.user.admin"))
        .map((client) => found(client, "Its tokens have aws.cognito.signin.user.admin.")),
  },
  {
    id: "program-token-claims",
    level: "refusal",
    row: "connector claim",
    fact: "A pre-token trigger sees client_credentials only as event V3_0, which needs the plan Essentials or Plus.",
    evidence: "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html",
    instead: "Look the claim up where the token is used, or set the trigger's LambdaVersion to V3_0 on Essentials.",
    find: blindTokenTriggers,
  },
  {
    id: "data-api-of-an-instance",
    level: "refusal",
    row: "connector claim",
    fact: "Instances of RDS have no Data API; clusters of Aurora do, when it is enabled.",
    evidence: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html",
    instead: "Connect over the network, or keep what the function looks up in DynamoDB.",
    find: ({ statements, of }) =>
      of("AWS::RDS::DBCluster").some((cluster) => at(cluster, "EnableHttpEndpoint") === true)
        ? []
        : statements
            .filter((one) =>
              ["rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement"].some((a) => allows(one, a)),
            )
            .filter(({ actions }) => actions.some((action) => action.startsWith("rds-data:")))
            .map((one) => found(one.in, "It may use the Data API, and no database here has one.")),
  },
  {
    id: "allowlist-after-sign-up",
    level: "refusal",
    row: "allowlist",
    fact: "PostConfirmation runs once, after the user exists, and never at a later sign-in: whoever is taken off the list stays.",
    evidence: "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html",
    instead: "Deny in PreSignUp, look again when tokens are made, and keep invitations as data.",
    find: allowlistsTooLate,
  },
  {
    id: "tier-by-the-user",
    level: "refusal",
    row: "Cognito clients",
    fact: "A client without write attributes may write them all, custom ones too: users change their own tier or role.",
    evidence: "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html",
    instead: "Name the client's writeAttributes without custom ones, or keep the tier in your own tables.",
    find: clientsThatRaiseTiers,
  },
  {
    id: "password-from-a-program",
    level: "warning",
    row: "Cognito clients",
    fact: "A command-line program cannot keep a secret, and passwords that pass through it are seen by it.",
    evidence: "https://datatracker.ietf.org/doc/html/rfc8252",
    instead: "Make it a public client with the code grant and PKCE.",
    find: (design) =>
      clients(design)
        .filter((client) => at(client, "GenerateSecret") === true)
        .filter((client) => texts(at(client, "ExplicitAuthFlows")).some((flow) => flow.endsWith("USER_PASSWORD_AUTH")))
        .map((client) => found(client, "It has a secret and takes passwords.")),
  },
  {
    id: "certificate-elsewhere",
    level: "refusal",
    row: "Cognito custom domain",
    fact: "CloudFront, and Cognito's domains by it, look for their certificate in us-east-1 only.",
    evidence: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html",
    instead: "Ask for the certificate in us-east-1.",
    find: certificatesElsewhere,
  },
  {
    id: "cognito-parent-record",
    level: "warning",
    row: "Cognito custom domain",
    fact: "Cognito makes a custom domain only if its parent has an A record that resolves.",
    evidence: "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-add-custom-domain.html",
    instead: "Make an A record for the parent before deploying; it may point anywhere.",
    find: ({ of }) =>
      of("AWS::Cognito::UserPoolDomain")
        .filter((domain) => at(domain, "CustomDomainConfig") !== undefined)
        .map((domain) => found(domain, `${literal(at(domain, "Domain")) ?? "Its name"} needs a parent that resolves.`)),
  },
  {
    id: "github-subject",
    level: "refusal",
    row: "GitHub OIDC",
    fact: "With a pattern for a subject, or none, other branches, pull requests or repositories take the role.",
    evidence: "https://docs.github.com/en/actions/concepts/security/openid-connect",
    instead: "Compare sub exactly, one environment a role, and repository_id with it.",
    find: githubSubjects,
  },
  {
    id: "github-thumbprints",
    level: "warning",
    row: "GitHub OIDC",
    fact: "IAM trusts GitHub's certificate by itself; a list of thumbprints does nothing and ages.",
    evidence: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html",
    instead: "Use OidcProviderNative (AWS::IAM::OIDCProvider) without thumbprints.",
    find: ({ of }) =>
      of("AWS::IAM::OIDCProvider", "Custom::AWSCDKOpenIdConnectProvider")
        .filter((one) => JSON.stringify(at(one, "Url") ?? "").includes("token.actions.githubusercontent.com"))
        .filter((one) => list(at(one, "ThumbprintList")).length > 0 || one.resource.Type.startsWith("Custom::"))
        .map((one) => found(one, "It lists thumbprints.")),
  },
];

function hmacKeysThatSign({ of, statements, references }: Design): readonly Found[] {
  const keys = of("AWS::KMS::Key").filter((key) => literal(at(key, "KeySpec"))?.startsWith("HMAC_") === true);
  const misused = keys.filter((key) => at(key, "KeyUsage") === "SIGN_VERIFY");
  const signing = statements.filter(
    (one) => one.allows && one.actions.some((a) => a === "kms:sign" || a === "kms:verify"),
  );
  return [
    ...misused.map((key) => found(key, "An HMAC key is to sign and verify.")),
    ...signing
      .filter((one) => [one.in, ...references(one.resource, one.in)].some((other) => keys.includes(other)))
      .map((one) => found(one.in, "It may call kms:Sign or kms:Verify with an HMAC key.")),
  ];
}

function blindTokenTriggers(design: Design): readonly Found[] {
  const machine = clients(design).filter((one) => texts(at(one, "AllowedOAuthFlows")).includes("client_credentials"));
  return design.of("AWS::Cognito::UserPool").flatMap((pool) => {
    const trigger = at(pool, "LambdaConfig.PreTokenGenerationConfig") ?? at(pool, "LambdaConfig.PreTokenGeneration");
    const used = machine.some((client) => design.references(at(client, "UserPoolId"), client).includes(pool));
    if (trigger === undefined || !used) return [];
    const sees = at(trigger, "LambdaVersion") === "V3_0" && at(pool, "UserPoolTier") !== "LITE";
    return sees ? [] : [found(pool, "Its trigger is not asked when a program gets a token by client_credentials.")];
  });
}

function allowlistsTooLate({ of, statements }: Design): readonly Found[] {
  const deletes = statements.some((one) => allows(one, "cognito-idp:AdminDeleteUser"));
  return of("AWS::Cognito::UserPool")
    .filter((pool) => at(pool, "LambdaConfig.PostConfirmation") !== undefined)
    .filter((pool) => at(pool, "LambdaConfig.PreSignUp") === undefined && deletes)
    .map((pool) => found(pool, "It deletes uninvited users after they were confirmed, and denies nobody before."));
}

function clientsThatRaiseTiers(design: Design): readonly Found[] {
  return clients(design).flatMap((client) => {
    const pool = design.references(at(client, "UserPoolId"), client)[0];
    const custom = list(at(pool, "Schema"))
      .filter((one) => at(one, "Mutable") !== false)
      .map((one) => literal(at(one, "Name")));
    const own = custom.filter((name) => name !== undefined && !standardAttributes.includes(name));
    const written = at(client, "WriteAttributes");
    const names = written === undefined ? own.map((name) => `custom:${name}`) : texts(written);
    const risky = names.filter((name) => /^custom:.*(tier|role|plan|admin|group|scope|quota|limit)/i.test(name));
    return risky.length === 0 ? [] : [found(client, `Users may change their own ${risky.join(", ")} with it.`)];
  });
}

const standardAttributes: readonly string[] = ["email", "name", "given_name", "family_name", "phone_number", "picture"];

function certificatesElsewhere({ of }: Design): readonly Found[] {
  const used = [
    ...of("AWS::Cognito::UserPoolDomain").map((one) => ({ one, arn: at(one, "CustomDomainConfig.CertificateArn") })),
    ...of("AWS::CloudFront::Distribution").map((one) => ({
      one,
      arn: at(one, "DistributionConfig.ViewerCertificate.AcmCertificateArn"),
    })),
  ];
  return used.flatMap(({ one, arn }) => {
    const region = literal(arn)?.split(":")[3];
    if (region === undefined || region === "" || region === "*" || region === "us-east-1") return [];
    return [found(one, `Its certificate is in ${region}.`)];
  });
}

function githubSubjects({ statements }: Design): readonly Found[] {
  return statements
    .filter((one) => allows(one, "sts:AssumeRoleWithWebIdentity"))
    .flatMap((one) => {
      const conditions = Object.entries(one.condition).flatMap(([operator, keys]) =>
        Object.entries(record(keys)).map(([key, value]) => ({ operator, key, values: list(value).map(literal) })),
      );
      const github = JSON.stringify([one.principal, one.condition]).includes("token.actions.githubusercontent.com");
      if (!github) return [];
      const subjects = conditions.filter(({ key }) => key.endsWith(":sub"));
      if (subjects.length === 0)
        return [found(one.in, "Any workflow on GitHub may take the role: no subject is compared.")];
      const loose = subjects.flatMap(({ operator, values }) =>
        operator.includes("Like") ? values.filter((value) => value === undefined || /[*?]/.test(value)) : [],
      );
      return loose.length === 0 ? [] : [found(one.in, `Its subject is the pattern ${loose.join(", ")}.`)];
    });
}
