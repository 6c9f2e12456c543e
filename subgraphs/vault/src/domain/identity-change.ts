import { canonicalJson, type Attributes, type Value } from "@joinery/engine";

/** An identity as a wave computed it, beside what the vault holds of it. */
export interface ComputedBeside {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly attributes: Attributes;
  readonly origins: Readonly<Record<string, string>>;
  readonly state: "active" | "gone";
  /** Null: the wave makes it. */
  readonly known: {
    readonly attributes: Attributes;
    readonly origins: Readonly<Record<string, string>>;
    readonly state: "active" | "gone";
  } | null;
}

/** What a wave would do to one identity. */
export interface IdentityChange {
  readonly identityId: string;
  readonly kind: string;
  readonly label: string;
  /** `refresh`: no value of it changes; who it belongs to, or its joins do. */
  readonly operation: "create" | "update" | "remove" | "restore" | "refresh";
  /** Values before and after, of the attributes that differ; null for none. */
  readonly before: Readonly<Record<string, Value | null>>;
  readonly after: Readonly<Record<string, Value | null>>;
  /** Mappers that made the values, before where there is none after; each once. */
  readonly because: readonly string[];
}

/** Compares what a wave computed with what the vault holds. */
export function identityChangeOf(computed: ComputedBeside): IdentityChange {
  const { id: identityId, kind, label, known } = computed;
  const old = known?.attributes ?? {};
  const next = computed.state === "gone" ? {} : computed.attributes;
  const before: Record<string, Value | null> = {};
  const after: Record<string, Value | null> = {};
  const valueOf = (values: Attributes, name: string) =>
    (Object.hasOwn(values, name) ? values[name] ?? null : null);
  const because = new Set<string>();
  for (const name of [...new Set([...Object.keys(old), ...Object.keys(next)])].sort()) {
    const [was, is] = [valueOf(old, name), valueOf(next, name)];
    if (canonicalJson(was) === canonicalJson(is)) continue;
    before[name] = was;
    after[name] = is;
    const maker = computed.origins[name] ?? known?.origins[name];
    if (maker !== undefined) because.add(maker);
  }
  const operation = operationOf(computed, Object.keys(after).length > 0);
  return { identityId, kind, label, operation, before, after, because: [...because].sort() };
}

function operationOf({ known, state }: ComputedBeside, differs: boolean) {
  if (known === null) return "create";
  if (state === "gone") return known.state === "gone" ? "refresh" : "remove";
  if (known.state === "gone") return "restore";
  return differs ? "update" : "refresh";
}
