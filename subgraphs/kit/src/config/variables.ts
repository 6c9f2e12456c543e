import { JoineryError } from "../errors.js";

/**
 * One environment variable: how it reads, what it is without, and the sentence of the README's
 * table.
 */
export interface Variable<T> {
  readonly name: string;
  readonly help: string;
  readonly parse: (text: string) => T;
  /** Text that stands for the value in the README; absent means required. */
  readonly fallback?: { readonly value: T; readonly shown: string };
  /** The value never appears in a problem's text. */
  readonly secret?: boolean;
}

export type Variables = Readonly<Record<string, Variable<unknown>>>;
export type ConfigOf<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

/**
 * Parses everything and reports all problems at once: throws CONFIG_INVALID naming each variable.
 */
export function readConfig<V extends Variables>(
  variables: V,
  environment: Readonly<Record<string, string | undefined>>,
): ConfigOf<V> {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(variables)) {
    const text = environment[variable.name];
    if (text === undefined || text === "") {
      if (variable.fallback) config[key] = variable.fallback.value;
      else problems.push(`${variable.name} is required: ${variable.help}`);
      continue;
    }
    try {
      config[key] = variable.parse(text);
    } catch (error) {
      const shown = variable.secret ? "its value" : JSON.stringify(text);
      const reason = error instanceof Error ? error.message : "invalid";
      problems.push(`${variable.name}: ${shown} ${reason}`);
    }
  }
  if (problems.length > 0) throw new JoineryError("CONFIG_INVALID", problems.join("\n"));
  return config as ConfigOf<V>;
}

export function text(value: string): string {
  return value;
}

export function port(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error("is no port");
  return number;
}

export function positive(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) throw new Error("is no positive number");
  return number;
}

export function oneOf<const T extends readonly string[]>(values: T): (value: string) => T[number] {
  return (value) => {
    if (!values.includes(value)) throw new Error(`is none of ${values.join(", ")}`);
    return value;
  };
}

export function url(...protocols: readonly string[]): (value: string) => string {
  return (value) => {
    const parsed = URL.parse(value);
    if (!parsed || !protocols.includes(parsed.protocol)) {
      throw new Error(`is no address that begins with ${protocols.join(" or ")}//`);
    }
    return value;
  };
}
