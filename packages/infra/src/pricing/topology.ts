import type { StackPart } from "../stacks/aloft-stack.ts";
import type { SynthesizedStack, Template } from "../synthesize.ts";

/** A resource of a template, where it is. */
export interface Placed {
  readonly part: StackPart;
  readonly stackName: string;
  readonly region: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

type Values = Readonly<Record<string, unknown>>;

/** Parts of a template that say what others mean, beside its resources. */
interface Sections {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
  readonly Conditions?: Values;
}

interface Known {
  readonly stack: SynthesizedStack;
  readonly sections: Template & Sections;
  readonly resources: ReadonlyMap<string, Placed>;
}

/** A property's value as far as it can be told before deployment, and the resources that it is made of. */
export interface Meaning {
  /** A literal; undefined where only deployment decides. */
  readonly value: unknown;
  readonly resources: readonly Placed[];
}

const unknown: Meaning = { value: undefined, resources: [] };

/** All templates of an app, looked at as one: what a value means, whichever stack it comes from. */
export class Topology {
  readonly resources: readonly Placed[];
  readonly #stacks = new Map<string, Known>();
  readonly #exports = new Map<string, { known: Known; value: unknown }>();

  constructor(stacks: readonly SynthesizedStack[]) {
    for (const stack of stacks) this.#add(stack);
    this.resources = [...this.#stacks.values()].flatMap(({ resources }) => [...resources.values()]);
  }

  #add(stack: SynthesizedStack): void {
    const entries = Object.entries(stack.template.Resources ?? {}).map(
      ([id, { Type, Properties }]): [string, Placed] => [
        id,
        {
          part: stack.part,
          stackName: stack.name,
          region: stack.region,
          id,
          type: Type,
          properties: Properties ?? {},
        },
      ],
    );
    const known = { stack, sections: stack.template, resources: new Map(entries) };
    this.#stacks.set(stack.name, known);
    for (const { Value, Export } of Object.values(stack.template.Outputs ?? {})) {
      const name = this.meaning(stack.name, (Export as Values | undefined)?.["Name"]).value;
      if (typeof name === "string") this.#exports.set(name, { known, value: Value });
    }
  }

  ofType(...types: readonly string[]): readonly Placed[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** What a property of the resource means; undefined is unknown. */
  value(of: Placed, ...path: readonly string[]): unknown {
    let at: unknown = of.properties;
    for (const key of path) at = asObject(this.meaning(of.stackName, at).value)?.[key];
    return this.meaning(of.stackName, at).value;
  }

  number(of: Placed, ...path: readonly string[]): number | undefined {
    const value = this.value(of, ...path);
    if (value === undefined || value === null || value === "") return undefined;
    const number = Number(value);
    return Number.isFinite(number) ? number : undefined;
  }

  list(of: Placed, ...path: readonly string[]): readonly unknown[] {
    const value = this.value(of, ...path);
    if (!Array.isArray(value)) return [];
    const none = "AWS::NoValue";
    return value.map((item) => this.meaning(of.stackName, item).value ?? item).filter((item) => item !== none);
  }

  /** The resources that a property mentions, in whichever stack they are. */
  mentioned(of: Placed, ...path: readonly string[]): readonly Placed[] {
    let at: unknown = of.properties;
    for (const key of path) at = asObject(at)?.[key];
    return this.meaning(of.stackName, at).resources;
  }

  /** The first of a type that a property mentions. */
  target(of: Placed, type: string, ...path: readonly string[]): Placed | undefined {
    return this.mentioned(of, ...path).find((resource) => resource.type === type);
  }

  /** What a value of the stack means. */
  meaning(stackName: string, value: unknown): Meaning {
    const known = this.#stacks.get(stackName);
    return known === undefined ? unknown : this.#read(known, value, 0);
  }

  #read(known: Known, value: unknown, depth: number): Meaning {
    if (depth > 40) return unknown;
    if (Array.isArray(value)) return this.#readAll(known, value, depth);
    const object = asObject(value);
    if (object === undefined) return { value, resources: [] };
    const keys = Object.keys(object);
    const [key] = keys;
    if (keys.length === 1 && key !== undefined && (key === "Ref" || key.startsWith("Fn::"))) {
      return this.#call(known, key, object[key], depth + 1);
    }
    const read = this.#readAll(known, Object.values(object), depth);
    const values = read.value as readonly unknown[];
    return { value: Object.fromEntries(keys.map((name, at) => [name, values[at]])), resources: read.resources };
  }

  #readAll(known: Known, values: readonly unknown[], depth: number): Meaning {
    const read = values.map((one) => this.#read(known, one, depth + 1));
    return { value: read.map((one) => one.value), resources: read.flatMap((one) => one.resources) };
  }

  #call(known: Known, name: string, argument: unknown, depth: number): Meaning {
    switch (name) {
      case "Ref":
        return this.#ref(known, String(argument), depth);
      case "Fn::GetAtt":
        return { value: undefined, resources: owner(known, argument) };
      case "Fn::ImportValue":
        return this.#imported(String(this.#read(known, argument, depth).value), depth);
      case "Fn::GetStackOutput":
        return this.#outputOf(this.#read(known, argument, depth).value, depth);
      case "Fn::If":
        return this.#if(known, argument, depth);
      case "Fn::Join":
        return this.#join(known, argument, depth);
      case "Fn::Sub":
        return this.#substitute(known, argument, depth);
      case "Fn::FindInMap":
        return this.#findInMap(known, argument, depth);
      case "Fn::Select":
        return this.#select(known, argument, depth);
      case "Fn::Split": {
        const read = this.#read(known, argument, depth);
        const [by, text] = asList(read.value);
        const value = typeof by === "string" && typeof text === "string" ? text.split(by) : undefined;
        return { value, resources: read.resources };
      }
      default:
        return { value: undefined, resources: this.#read(known, argument, depth).resources };
    }
  }

  #ref(known: Known, name: string, depth: number): Meaning {
    const resource = known.resources.get(name);
    if (resource !== undefined) return { value: undefined, resources: [resource] };
    if (name === "AWS::Region") return { value: known.stack.region, resources: [] };
    if (name === "AWS::StackName") return { value: known.stack.name, resources: [] };
    if (name === "AWS::NoValue") return { value: name, resources: [] };
    if (name === "AWS::Partition") return { value: "aws", resources: [] };
    return this.#read(known, known.sections.Parameters?.[name]?.Default, depth);
  }

  #imported(name: string, depth: number): Meaning {
    const exported = this.#exports.get(name);
    return exported === undefined ? unknown : this.#read(exported.known, exported.value, depth);
  }

  #outputOf(argument: unknown, depth: number): Meaning {
    const { StackName, OutputName } = asObject(argument) ?? {};
    const known = this.#stacks.get(String(StackName));
    if (known === undefined) return unknown;
    return this.#read(known, known.stack.template.Outputs?.[String(OutputName)]?.Value, depth);
  }

  #if(known: Known, argument: unknown, depth: number): Meaning {
    const [condition, then, otherwise] = asList(argument);
    const holds = this.#holds(known, known.sections.Conditions?.[String(condition)], depth);
    // What cannot be decided is taken as if it held, and both sides' resources count as mentioned.
    if (holds !== undefined) return this.#read(known, holds ? then : otherwise, depth);
    const first = this.#read(known, then, depth);
    return { value: first.value, resources: [...first.resources, ...this.#read(known, otherwise, depth).resources] };
  }

  #holds(known: Known, condition: unknown, depth: number): boolean | undefined {
    const [name = "", argument] = Object.entries(asObject(condition) ?? {})[0] ?? [];
    const each = (): readonly (boolean | undefined)[] => asList(argument).map((one) => this.#holds(known, one, depth));
    switch (name) {
      case "Condition":
        return this.#holds(known, known.sections.Conditions?.[String(argument)], depth + 1);
      case "Fn::Equals": {
        const [left, right] = asList(this.#read(known, argument, depth).value);
        return left === undefined || right === undefined ? undefined : JSON.stringify(left) === JSON.stringify(right);
      }
      case "Fn::Not": {
        const [inner] = each();
        return inner === undefined ? undefined : !inner;
      }
      case "Fn::And":
        return each().every((one) => one !== undefined) ? each().every(Boolean) : undefined;
      case "Fn::Or":
        return each().some(Boolean) || (each().every((one) => one !== undefined) ? false : undefined);
      default:
        return undefined;
    }
  }

  #join(known: Known, argument: unknown, depth: number): Meaning {
    const [by, parts] = asList(argument);
    const read = this.#read(known, parts, depth);
    const values = asList(read.value);
    const whole = Array.isArray(read.value) && values.every((part) => part !== undefined);
    return { value: whole ? values.map(String).join(String(by)) : undefined, resources: read.resources };
  }

  #substitute(known: Known, argument: unknown, depth: number): Meaning {
    const [text, given] = Array.isArray(argument) ? asList(argument) : [argument, {}];
    const resources: Placed[] = [];
    let whole = true;
    const value = String(text).replace(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
      const own = asObject(given)?.[name];
      const reference = name.includes(".") ? { "Fn::GetAtt": name.split(".") } : { Ref: name };
      const read = this.#read(known, own ?? reference, depth);
      resources.push(...read.resources);
      whole &&= read.value !== undefined;
      return String(read.value);
    });
    return { value: whole ? value : undefined, resources };
  }

  #findInMap(known: Known, argument: unknown, depth: number): Meaning {
    const [map, first, second] = asList(this.#read(known, argument, depth).value).map(String);
    const value = known.sections.Mappings?.[map ?? ""]?.[first ?? ""]?.[second ?? ""];
    return { value, resources: [] };
  }

  #select(known: Known, argument: unknown, depth: number): Meaning {
    const [index, from] = asList(argument);
    const at = Number(this.#read(known, index, depth).value);
    if (Array.isArray(from)) return this.#read(known, from[at], depth);
    const read = this.#read(known, from, depth);
    return { value: asList(read.value)[at], resources: read.resources };
  }
}

function owner(known: Known, argument: unknown): readonly Placed[] {
  const name = Array.isArray(argument) ? String(argument[0]) : String(argument).split(".")[0];
  const resource = known.resources.get(name ?? "");
  return resource === undefined ? [] : [resource];
}

export function asObject(value: unknown): Values | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Values) : undefined;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
