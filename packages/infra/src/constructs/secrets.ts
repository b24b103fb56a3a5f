import type { Generate, Secret, SecretsManifest } from "@aloft/core/secrets/define-secrets";
import { isReadBy, secretName } from "@aloft/core/secrets/names";
import { ArnFormat, CfnDeletionPolicy, Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";

export interface SecretsProps {
  readonly manifest: SecretsManifest;
  /** Those of it that this app has use for, by id. */
  readonly wanted: (secret: Secret) => boolean;
  /** What `{prefix}` stands for. Default: what the manifest says. */
  readonly secretsPrefix?: string;
  /** How `{env}` is spelt. */
  readonly environmentName: string;
  readonly protectData: boolean;
  /** Default: the account's key that AWS keeps for secrets. */
  readonly encryptionKey?: IKey | undefined;
}

/** A secret, or a parameter, that somebody has to give a value: nothing here knows it. */
export interface MissingValue {
  readonly id: string;
  readonly name: string;
  readonly place: Secret["place"];
  readonly variables: readonly string[];
}

/**
 * The secrets of a manifest, each by its name. What can be made at random is made by Secrets Manager, and never seen; the
 * others are there without a value until `aloft secrets push`. Parameters are made by that command.
 */
export class Secrets extends Construct {
  readonly toPush: readonly MissingValue[];
  readonly #named: readonly Named[];

  constructor(scope: Construct, id: string, props: SecretsProps) {
    super(scope, id);
    const { manifest, secretsPrefix, environmentName } = props;
    const { prefixVariable } = manifest;
    const prefix = prefixVariable === undefined ? {} : { [prefixVariable]: secretsPrefix };
    const named = manifest.secrets
      .filter(props.wanted)
      .map((secret) => ({ secret, name: secretName(manifest, secret, environmentName, prefix) }));
    for (const { secret, name } of named) {
      if (secret.place === "secrets-manager") addSecret(this, secret, name, props);
    }
    this.#named = named;
    this.toPush = named
      .filter(({ secret }) => generatedBy(secret) === undefined)
      .map(({ secret: { id: own, place, fills }, name }) => {
        return { id: own, name, place, variables: fills.map(({ variable }) => variable) };
      });
  }

  /** What a program reads: the secrets that name it among their readers, and those that name none. */
  readBy(reader: string): ReadSecrets {
    return this.#arnsOf(this.#named.filter(({ secret }) => isReadBy(secret, reader)));
  }

  all(): ReadSecrets {
    return this.#arnsOf(this.#named);
  }

  #arnsOf(read: readonly Named[]): ReadSecrets {
    const names = (place: Secret["place"]) =>
      read.filter(({ secret }) => secret.place === place).map(({ name }) => name);
    return {
      ids: read.map(({ secret }) => secret.id),
      secretArns: names("secrets-manager").map((name) => secretArn(this, name)),
      parameterArns: names("parameter-store").map((name) => parameterArn(this, name)),
    };
  }
}

export interface ReadSecrets {
  /** As the manifest calls them. */
  readonly ids: readonly string[];
  readonly secretArns: readonly string[];
  readonly parameterArns: readonly string[];
}

interface Named {
  readonly secret: Secret;
  readonly name: string;
}

/** Secrets Manager ends each ARN with six characters of its own. */
export function secretArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: "secretsmanager",
    resource: "secret",
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

function parameterArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({ service: "ssm", resource: "parameter", resourceName: name.replace(/^\//, "") });
}

interface SecretResourceProps {
  readonly protectData: boolean;
  readonly encryptionKey?: IKey | undefined;
}

function addSecret(scope: Construct, secret: Secret, name: string, props: SecretResourceProps): void {
  const generated = generatedBy(secret);
  makeSecret(scope, logicalId(secret.id), {
    ...props,
    name,
    description: secret.description,
    ...(generated === undefined ? {} : { generateSecretString: generated }),
    rotation:
      generated === undefined
        ? "Its value is another service's: it is changed there, and pushed by aloft secrets push."
        : "A new value has effects on who is signed in: aloft secrets rotate makes one when it is wanted.",
  });
}

export interface SecretResource extends SecretResourceProps {
  readonly name: string;
  readonly description: string;
  readonly generateSecretString?: CfnSecret.GenerateSecretStringProperty;
  /** Why Secrets Manager does not change it by itself. */
  readonly rotation: string;
}

/** A secret without a value, unless one is made at random. */
export function makeSecret(scope: Construct, id: string, props: SecretResource): CfnSecret {
  const { name, description, generateSecretString, rotation, protectData, encryptionKey } = props;
  const made = new CfnSecret(scope, id, {
    name,
    ...(description === "" ? {} : { description }),
    ...(encryptionKey === undefined ? {} : { kmsKeyId: encryptionKey.keyArn }),
    ...(generateSecretString === undefined ? {} : { generateSecretString }),
  });
  // A first deployment that fails takes it back: its name would be in the way of the next.
  made.cfnOptions.deletionPolicy = protectData ? CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE : CfnDeletionPolicy.DELETE;
  made.cfnOptions.updateReplacePolicy = protectData ? CfnDeletionPolicy.RETAIN : CfnDeletionPolicy.DELETE;
  acknowledge(made, { "AwsSolutions-SMG4": rotation });
  return made;
}

function logicalId(id: string): string {
  const words = id.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? "").toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How Secrets Manager makes the value; undefined if it cannot make all of it. */
function generatedBy({ fills, shape, place }: Secret): CfnSecret.GenerateSecretStringProperty | undefined {
  const [fill] = fills;
  if (fill?.generate === undefined || fills.length > 1 || place !== "secrets-manager") return undefined;
  const text = randomText(fill.generate);
  if (shape === "text") return text;
  return { ...text, secretStringTemplate: "{}", generateStringKey: fill.key ?? "" };
}

/** Characters that the encoding has, as many as it makes of the bytes. */
function randomText({ bytes, encoding }: Generate): CfnSecret.GenerateSecretStringProperty {
  if (encoding === "hex") {
    return {
      passwordLength: 2 * bytes,
      excludePunctuation: true,
      excludeUppercase: true,
      excludeCharacters: "ghijklmnopqrstuvwxyz",
      requireEachIncludedType: false,
    };
  }
  // Of 62 characters instead of 64 one more in 62 makes up for those that are left out.
  const length = Math.ceil((bytes * 8) / Math.log2(62));
  return {
    passwordLength: encoding === "base64" ? 4 * Math.ceil(length / 4) : length,
    excludePunctuation: true,
    requireEachIncludedType: false,
  };
}
