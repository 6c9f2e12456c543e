/** The part of JSON Schema that contracts use. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly format?: string;
  readonly minItems?: number;
  readonly minimum?: number;
}

/** Which sample: how much of what may be left out it has, and which alternative of each union. */
interface Variant {
  readonly full: boolean;
  readonly alternative: number;
}

const alternativesMax = 10;

/**
 * Values that fit a contract's schema: one with everything, one with nothing optional, and as many
 * more as show each alternative of each union. Deterministic; plain JSON.
 */
export function samplesOf(schema: object): readonly unknown[] {
  const count = Math.min(alternativesMax, alternativesOf(schema));
  const variants: Variant[] = [
    { full: true, alternative: 0 },
    { full: false, alternative: 0 },
    ...Array.from({ length: count - 1 }, (_, index) => ({ full: true, alternative: index + 1 })),
  ];
  return variants.map((variant) => sample(schema, "value", variant));
}

function sample(schema: Schema, name: string, variant: Variant): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[variant.alternative % schema.enum.length];
  if (schema.anyOf !== undefined) {
    const chosen = schema.anyOf[variant.alternative % schema.anyOf.length];
    return chosen === undefined ? null : sample(chosen, name, variant);
  }
  switch (schema.type) {
    case "object":
      return sampleObject(schema, name, variant);
    case "array":
      return sampleArray(schema, name, variant);
    case "string":
      return schema.format === "date-time" ? "2026-01-02T03:04:05.006Z" : `${name} ä€𝄞 1`;
    case "integer":
      return Math.max(schema.minimum ?? 0, 7);
    case "number":
      return 7.5;
    case "boolean":
      return true;
    case "null":
      return null;
    case undefined:
      return { anything: [1, "two", null] };
    default:
      throw new Error(`no sample for type ${schema.type}`);
  }
}

function sampleObject(schema: Schema, name: string, variant: Variant): unknown {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {})
    .filter(([key]) => variant.full || required.has(key))
    .map(([key, field]) => [key, sample(field, key, variant)] as const);
  const [values] = Object.values(schema.patternProperties ?? {});
  const entries =
    values === undefined || !variant.full
      ? []
      : each(values, variant).map((one, index) => [`${name}${index}`, one] as const);
  return Object.fromEntries([...fields, ...entries]);
}

function sampleArray(schema: Schema, name: string, variant: Variant): unknown {
  const { items = {}, minItems = 0 } = schema;
  if (variant.full) return each(items, variant, name);
  return Array.from({ length: minItems }, () => sample(items, name, variant));
}

/** One of each alternative, so that lists and records show them all at once. */
function each(schema: Schema, variant: Variant, name = "item"): unknown[] {
  const count = Math.max(1, schema.anyOf?.length ?? 1);
  return Array.from({ length: count }, (_, index) =>
    sample(schema, name, { ...variant, alternative: variant.alternative + index }),
  );
}

function alternativesOf(schema: Schema): number {
  const parts = [
    ...(schema.anyOf ?? []),
    ...Object.values(schema.properties ?? {}),
    ...Object.values(schema.patternProperties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
  ];
  const here = Math.max(schema.anyOf?.length ?? 1, schema.enum?.length ?? 1);
  return Math.max(here, ...parts.map(alternativesOf));
}
