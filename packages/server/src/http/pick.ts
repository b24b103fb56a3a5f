import type { z } from "zod";

type Pick = (value: unknown) => unknown;
type Def = z.core.$ZodTypes["_zod"]["def"];

const same: Pick = (value) => value;
const picks = new WeakMap<z.core.$ZodType, Pick>();

/**
 * Copies of a value what its schema names, at every depth, and leaves the rest behind, so that an attribute nobody
 * declared never leaves the server. It does not validate.
 * @throws {TypeError} a union has no option that the value fits.
 */
export function pick(schema: z.core.$ZodType, value: unknown): unknown {
  return pickOf(schema)(value);
}

function pickOf(schema: z.core.$ZodType): Pick {
  const known = picks.get(schema);
  if (known !== undefined) return known;
  let made: Pick = same;
  picks.set(schema, (value) => made(value));
  made = build((schema as z.core.$ZodTypes)._zod.def);
  picks.set(schema, made);
  return made;
}

function build(def: Def): Pick {
  switch (def.type) {
    case "object":
      return def.catchall === undefined || def.catchall._zod.def.type === "never" ? pickShape(def.shape) : same;
    case "array":
      return pickEach(pickOf(def.element));
    case "record":
      return pickValues(pickOf(def.valueType));
    case "union":
      return pickOption(def.options);
    case "intersection":
      return pickBoth(pickOf(def.left), pickOf(def.right));
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return pickOf(def.innerType);
    case "pipe":
      return pickOf(def.out);
    case "lazy":
      return (value) => pickOf(def.getter())(value);
    default:
      return same;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function pickShape(shape: Readonly<Record<string, z.core.$ZodType>>): Pick {
  const attributes = Object.entries(shape).map(([name, schema]) => [name, pickOf(schema)] as const);
  return (value) => {
    if (!isObject(value)) return value;
    const picked: Record<string, unknown> = {};
    for (const [name, of] of attributes) if (value[name] !== undefined) picked[name] = of(value[name]);
    return picked;
  };
}

function pickEach(of: Pick): Pick {
  return of === same ? same : (value) => (Array.isArray(value) ? value.map((item) => of(item)) : value);
}

function pickValues(of: Pick): Pick {
  if (of === same) return same;
  return (value) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, of(item)])) : value;
}

function pickBoth(left: Pick, right: Pick): Pick {
  return (value) => {
    const [a, b] = [left(value), right(value)];
    return isObject(a) && isObject(b) ? { ...a, ...b } : a;
  };
}

function pickOption(options: readonly z.core.$ZodType[]): Pick {
  return (value) => {
    if (!isObject(value)) return value;
    for (const option of options) if (fits(option, value)) return pickOf(option)(value);
    throw new TypeError("an answer fits no option of its union");
  };
}

function fits(schema: z.core.$ZodType, value: unknown): boolean {
  const standard = schema["~standard"].validate(value);
  return !(standard instanceof Promise) && standard.issues === undefined;
}
