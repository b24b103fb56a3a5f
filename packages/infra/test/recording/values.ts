import type { Resource, SynthesizedStack, Synthesis } from "@aloft/infra/synthesize";

/** What CloudFormation would put in place of references. */
export interface Known {
  readonly account: string;
  readonly region: string;
  /** Of attributes that only AWS knows, by `LogicalId.Attribute`. */
  readonly attributes: Readonly<Record<string, string>>;
}

type Json = unknown;

/** Resolves what a template says, in one stack, as CloudFormation would. @throws {Error} nothing is known of a reference. */
export function resolveIn(synthesis: Synthesis, stack: SynthesizedStack, known: Known, value: Json): Json {
  const again = (one: Json): Json => resolveIn(synthesis, stack, known, one);
  if (Array.isArray(value)) return value.map(again);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [[name, given] = ["", undefined]] = entries;
  if (entries.length === 1 && (name === "Ref" || name.startsWith("Fn::"))) {
    return intrinsic(synthesis, stack, known, name, given);
  }
  return Object.fromEntries(entries.map(([key, one]) => [key, again(one)]));
}

function intrinsic(synthesis: Synthesis, stack: SynthesizedStack, known: Known, name: string, given: Json): Json {
  const again = (one: Json): Json => resolveIn(synthesis, stack, known, one);
  switch (name) {
    case "Ref":
      return reference(stack, known, String(given), again);
    case "Fn::GetAtt": {
      const attribute = (given as string[]).join(".");
      const found = known.attributes[attribute];
      if (found === undefined) throw new Error(`nothing is known of ${attribute} in ${stack.name}`);
      return found;
    }
    case "Fn::Join": {
      const [between, parts] = given as [string, Json[]];
      return parts.map((part) => String(again(part))).join(between);
    }
    case "Fn::ImportValue": {
      for (const other of synthesis.stacks) {
        for (const output of Object.values(other.template.Outputs ?? {})) {
          const exported = (output.Export as { readonly Name?: Json } | undefined)?.Name;
          if (exported === given) return resolveIn(synthesis, other, known, output.Value);
        }
      }
      throw new Error(`nothing exports ${String(given)}`);
    }
    default:
      throw new Error(`${name} is not resolved here`);
  }
}

function reference(stack: SynthesizedStack, known: Known, id: string, again: (one: Json) => Json): Json {
  const pseudo: Readonly<Record<string, string>> = {
    "AWS::AccountId": known.account,
    "AWS::Region": known.region,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
  };
  const found = pseudo[id] ?? known.attributes[id];
  if (found !== undefined) return found;
  const { Type, Properties = {} } = stack.template.Resources[id] ?? {};
  if (Type === "AWS::S3::Bucket") return again(Properties["BucketName"]);
  throw new Error(`nothing is known of ${id} in ${stack.name}`);
}

/** The resources of a type, by their ids, with what they are in. */
export function resourcesOf(
  synthesis: Synthesis,
  type: string,
): readonly { readonly id: string; readonly stack: SynthesizedStack; readonly resource: Resource }[] {
  return synthesis.stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, resource]) => ({ id, stack, resource })),
  );
}
