import { arnOf, type Examples, policy, ref, resource } from "./design.ts";

const client = (properties: Readonly<Record<string, unknown>>) => ({
  resources: {
    Pool: resource("AWS::Cognito::UserPool", { Schema: [{ Name: "tier", Mutable: true }, { Name: "email" }] }),
    Client: resource("AWS::Cognito::UserPoolClient", {
      UserPoolId: ref("Pool"),
      WriteAttributes: ["email"],
      ...properties,
    }),
  },
});

const runtime = (properties: Readonly<Record<string, unknown>>) => ({
  resources: { Runtime: resource("AWS::BedrockAgentCore::Runtime", properties) },
});
const cognito = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a/.well-known/openid-configuration";
const own = "https://chat.acme.dev/.well-known/openid-configuration";
const jwt = (DiscoveryUrl: string, AllowedAudience?: readonly string[]) => ({
  AuthorizerConfiguration: { CustomJWTAuthorizer: { DiscoveryUrl, AllowedAudience } },
});

const pool = (LambdaConfig: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) =>
  resource("AWS::Cognito::UserPool", { LambdaConfig, ...more });
const deletes = policy({ Action: "cognito-idp:AdminDeleteUser", Resource: "*" });
const machine = resource("AWS::Cognito::UserPoolClient", {
  UserPoolId: ref("Pool"),
  AllowedOAuthFlows: ["client_credentials"],
  WriteAttributes: [],
});

const github = (operator: string, sub: string | undefined) => ({
  resources: {
    Role: resource("AWS::IAM::Role", {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: "Allow",
            Action: "sts:AssumeRoleWithWebIdentity",
            Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
            Condition: {
              StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
              ...(sub === undefined ? {} : { [operator]: { "token.actions.githubusercontent.com:sub": sub } }),
            },
          },
        ],
      },
    }),
  },
});
const provider = (properties: Readonly<Record<string, unknown>>) => ({
  resources: {
    Provider: resource("AWS::IAM::OIDCProvider", {
      Url: "https://token.actions.githubusercontent.com",
      ...properties,
    }),
  },
});

const key = (KeySpec: string, KeyUsage: string) => resource("AWS::KMS::Key", { KeySpec, KeyUsage });
const signs = policy({ Action: ["kms:Sign"], Resource: arnOf("Key") });
const dataApi = policy({ Action: "rds-data:ExecuteStatement", Resource: "*" });
const domain = (CertificateArn: string) => ({
  resources: {
    Domain: resource("AWS::Cognito::UserPoolDomain", {
      Domain: "auth.acme.dev",
      CustomDomainConfig: { CertificateArn },
    }),
  },
});

export const identityDesigns: Readonly<Record<string, Examples>> = {
  "hmac-key-signs": {
    fails: [
      { resources: { Key: key("HMAC_256", "GENERATE_VERIFY_MAC"), Policy: signs } },
      { resources: { Key: key("HMAC_512", "SIGN_VERIFY") } },
    ],
    passes: [
      { resources: { Key: key("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"), Policy: signs } },
      {
        resources: {
          Key: key("HMAC_256", "GENERATE_VERIFY_MAC"),
          Policy: policy({ Action: "kms:GenerateMac", Resource: arnOf("Key") }),
        },
      },
    ],
  },
  "mcp-sign-in-by-cognito": {
    fails: [runtime({ ProtocolConfiguration: "MCP", ...jwt(cognito) })],
    passes: [
      runtime({ ProtocolConfiguration: "MCP", ...jwt(own) }),
      runtime({ ProtocolConfiguration: "HTTP", ...jwt(cognito) }),
    ],
  },
  "audience-of-cognito": {
    fails: [runtime({ ProtocolConfiguration: "HTTP", ...jwt(cognito, ["chat"]) })],
    passes: [runtime(jwt(own, ["https://chat.acme.dev"])), runtime(jwt(cognito))],
  },
  "implicit-flow": {
    fails: [
      client({ AllowedOAuthFlows: ["implicit", "code"] }),
      client({ AllowedOAuthFlows: ["code"], CallbackURLs: ["https://example.com"] }),
    ],
    passes: [client({ AllowedOAuthFlows: ["code"], CallbackURLs: ["https://chat.acme.dev/callback"] })],
  },
  "admin-scope": {
    fails: [client({ AllowedOAuthScopes: ["openid", "aws.cognito.signin.user.admin"] })],
    passes: [client({ AllowedOAuthScopes: ["openid", "email"] })],
  },
  "program-token-claims": {
    fails: [
      { resources: { Pool: pool({ PreTokenGenerationConfig: { LambdaVersion: "V2_0" } }), Client: machine } },
      {
        resources: {
          Pool: pool({ PreTokenGenerationConfig: { LambdaVersion: "V3_0" } }, { UserPoolTier: "LITE" }),
          Client: machine,
        },
      },
    ],
    passes: [
      {
        resources: {
          Pool: pool({ PreTokenGenerationConfig: { LambdaVersion: "V3_0" } }, { UserPoolTier: "ESSENTIALS" }),
          Client: machine,
        },
      },
    ],
  },
  "data-api-of-an-instance": {
    fails: [{ resources: { Database: resource("AWS::RDS::DBInstance"), Policy: dataApi } }],
    passes: [
      { resources: { Cluster: resource("AWS::RDS::DBCluster", { EnableHttpEndpoint: true }), Policy: dataApi } },
      { resources: { Database: resource("AWS::RDS::DBInstance"), Policy: policy({ Action: "*", Resource: "*" }) } },
    ],
  },
  "allowlist-after-sign-up": {
    fails: [{ resources: { Pool: pool({ PostConfirmation: "arn" }), Policy: deletes } }],
    passes: [{ resources: { Pool: pool({ PreSignUp: "arn", PostConfirmation: "arn" }), Policy: deletes } }],
  },
  "tier-by-the-user": {
    fails: [client({ WriteAttributes: undefined }), client({ WriteAttributes: ["email", "custom:tier"] })],
    passes: [client({ WriteAttributes: ["email", "custom:nickname"] })],
  },
  "password-from-a-program": {
    fails: [client({ GenerateSecret: true, ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"] })],
    passes: [client({ GenerateSecret: false, ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"] })],
  },
  "certificate-elsewhere": {
    fails: [
      domain("arn:aws:acm:eu-central-1:123456789012:certificate/a"),
      {
        resources: {
          Edge: resource("AWS::CloudFront::Distribution", {
            DistributionConfig: {
              ViewerCertificate: { AcmCertificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/a" },
            },
          }),
        },
      },
    ],
    passes: [domain("arn:aws:acm:us-east-1:123456789012:certificate/a")],
  },
  "cognito-parent-record": {
    fails: [domain("arn:aws:acm:us-east-1:123456789012:certificate/a")],
    passes: [{ resources: { Domain: resource("AWS::Cognito::UserPoolDomain", { Domain: "acme-chat" }) } }],
  },
  "github-subject": {
    fails: [
      github("StringLike", "repo:acme/chat:*"),
      github("StringLike", "repo:acme/*:environment:production"),
      github("StringEquals", undefined),
    ],
    passes: [github("StringEquals", "repo:acme@1/chat@2:environment:production")],
  },
  "github-thumbprints": {
    fails: [provider({ ThumbprintList: ["6938fd4d98bab03faadb97b34396831e3780aea1"] })],
    passes: [provider({ ClientIdList: ["sts.amazonaws.com"] })],
  },
};
