import type { ConfigFault } from "./config-error.ts";
import type { Environment, Variable } from "./env.ts";

/** Reads variables one by one, and collects what is wrong with them instead of stopping at the first. */
export interface Reader {
  readonly faults: readonly ConfigFault[];
  /** The value without surrounding spaces; undefined if it is not set or empty. */
  text(name: Variable): string | undefined;
  oneOf<T extends string>(name: Variable, values: readonly T[], fallback: T): T;
  integer(name: Variable, bounds: { readonly min: number; readonly max: number; readonly fallback: number }): number;
  /** A key or token as its issuer gave it: no spaces in it, and not an example's. */
  secret(name: Variable, example: string): string | undefined;
  url(name: Variable, example: string): URL | undefined;
  fault(variable: Variable | readonly Variable[], problem: string, example: string): void;
}

const placeholder = /\.\.\.|…|[<>]|^your[-_ ]|^change[-_ ]?me|^x{4,}$/i;

export function reader(env: Environment): Reader {
  const faults: ConfigFault[] = [];
  const fault: Reader["fault"] = (variable, problem, example) => {
    const named = typeof variable === "string" ? variable : variable.join(" and ");
    faults.push({ variable: named, problem, example });
  };
  const text: Reader["text"] = (name) => env[name]?.trim() || undefined;

  return {
    faults,
    fault,
    text,
    oneOf(name, values, fallback) {
      const given = text(name);
      const found = given === undefined ? fallback : values.find((value) => value === given);
      if (found === undefined) fault(name, `It must be one of ${values.join(", ")}.`, `${name}=${fallback}`);
      return found ?? fallback;
    },
    integer(name, { min, max, fallback }) {
      const given = text(name);
      if (given === undefined) return fallback;
      const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
      if (number >= min && number <= max) return number;
      fault(name, `It must be a whole number from ${min} to ${max}.`, `${name}=${fallback}`);
      return fallback;
    },
    secret(name, example) {
      const given = text(name);
      if (given === undefined) return undefined;
      if (/\s/.test(given))
        fault(name, "It has spaces or line breaks inside: it may have been pasted in parts.", example);
      else if (placeholder.test(given)) fault(name, "It is the placeholder of an example, not a real value.", example);
      return given;
    },
    url(name, example) {
      const given = text(name);
      if (given === undefined) return undefined;
      const url = URL.canParse(given) ? new URL(given) : undefined;
      if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
        fault(name, "It must be an address that starts with https:// or http://.", example);
        return undefined;
      }
      if (url.username === "" && url.password === "") return url;
      fault(name, "It must not hold a user name or password.", example);
      return undefined;
    },
  };
}
