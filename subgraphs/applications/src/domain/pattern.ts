import { hash } from "node:crypto";
import { canonicalJson, type Value } from "@joinery/engine";

/** How one attribute changes, told without the values that differ from person to person. */
export interface PatternChange {
  readonly attribute: string;
  /**
   * `set` where there was nothing, `cleared`, `case` where only upper and lower case differ,
   * `spacing` where only white space does, `domain` where what stands before the last @ stays, else
   * `changed`.
   */
  readonly change: "set" | "cleared" | "case" | "spacing" | "domain" | "changed";
  /** What it is from and to: states, and domains. Null where it differs from person to person. */
  readonly from: string | null;
  readonly to: string | null;
}

/** What many items of a plan have in common; an approval may name it instead of each of them. */
export interface Pattern {
  readonly operation: string;
  readonly kind: string;
  /** Of updates, by attribute; of members `add` and `remove`; empty otherwise. */
  readonly changes: readonly PatternChange[];
  /** Rules and mappers that produced it; of creates none, for each person's are their own. */
  readonly because: readonly string[];
}

type Side = Readonly<Record<string, unknown>>;

/** The pattern of an item: the same for all that change the same attributes in the same way. */
export function patternOf(item: {
  readonly operation: string;
  readonly kind: string;
  readonly before: Side;
  readonly after: Side;
  readonly because: readonly string[];
}): Pattern {
  const { operation, kind } = item;
  const because = operation === "create" ? [] : item.because;
  return { operation, kind, because, changes: changesOf(item) };
}

const digestBytes = 16;

/** 16 bytes: the first of SHA-256 over the RFC 8785 bytes of the pattern. */
export function patternDigest(pattern: Pattern): Buffer {
  return hash("sha256", canonicalJson(pattern), "buffer").subarray(0, digestBytes);
}

function changesOf({ operation, before, after }: Parameters<typeof patternOf>[0]) {
  if (operation === "members") return membersOf(after);
  if (operation !== "update") return [];
  return Object.keys(after).sort().map((name) =>
    changeOf(name, valueOf(before[name]), valueOf(after[name])));
}

function membersOf(after: Side): PatternChange[] {
  return ["add", "remove"].flatMap((attribute) => {
    const list = after[attribute];
    if (!Array.isArray(list) || list.length === 0) return [];
    return [{ attribute, change: "changed" as const, from: null, to: null }];
  });
}

function valueOf(value: unknown): Value | null {
  return value === undefined || value === "" ? null : (value as Value | null);
}

function changeOf(attribute: string, before: Value | null, after: Value | null): PatternChange {
  const told = (change: PatternChange["change"], from: string | null, to: string | null) =>
    ({ attribute, change, from, to });
  if (typeof after === "boolean") {
    return told("changed", typeof before === "boolean" ? String(before) : null, String(after));
  }
  if (before === null) return told("set", null, null);
  if (after === null) return told("cleared", null, null);
  if (typeof before !== "string" || typeof after !== "string") return told("changed", null, null);
  if (before.toLowerCase() === after.toLowerCase()) return told("case", null, null);
  if (unspaced(before) === unspaced(after)) return told("spacing", null, null);
  const domains = domainsOf(before, after);
  return domains === null ? told("changed", null, null) : told("domain", ...domains);
}

const unspaced = (text: string) => text.replaceAll(/\s+/gu, "");

/** Domains of two addresses of one mailbox name. */
function domainsOf(before: string, after: string): [string, string] | null {
  const [at, then] = [before.lastIndexOf("@"), after.lastIndexOf("@")];
  if (at < 1 || then < 1 || before.slice(0, at) !== after.slice(0, then)) return null;
  return [before.slice(at + 1), after.slice(then + 1)];
}
