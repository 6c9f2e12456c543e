import { createHash } from "node:crypto";
import { canonicalJson, type Desired, type IdentityState } from "@joinery/engine";
import type { Application } from "../../domain/application.js";
import { namesMax, nextNumber, type TriedNames } from "../../domain/next-name.js";
import type { LoadedChunk } from "./load-chunk.js";
import type { OutboundWork } from "./outbound-work.js";

/** What an account should be, and by which of its names where there are several. */
export interface NamedWish {
  readonly desired: Desired;
  readonly names: TriedNames | null;
}

/**
 * What the identity's account should be by the first names that its system has not refused. Where
 * so many were refused that no more are tried, it is a failure of the object.
 */
export function namedWish(
  { rules, now }: OutboundWork,
  { takenNames }: LoadedChunk,
  application: Application,
  identity: IdentityState,
  accountId: string,
): NamedWish {
  const at = now.toISOString();
  const first = rules.engine.desire(application.key, identity, at);
  if (first.numbered.length === 0 || first.failures.length > 0) {
    return { desired: first, names: null };
  }
  const base = baseOf(first);
  const number = nextNumber(takenNames.get(accountId) ?? [], base);
  if (number === 1) return { desired: first, names: { base, number } };
  if (number > namesMax) {
    return { desired: { ...first, failures: [exhausted(first)] }, names: null };
  }
  const desired = rules.engine.desire(application.key, identity, at, number);
  return { desired, names: { base, number } };
}

/** 16 bytes, hexadecimal: names are kept nowhere else for this. */
function baseOf({ attributes, numbered }: Desired): string {
  const names = Object.fromEntries(numbered.map((name) => [name, attributes[name] ?? null]));
  return createHash("sha256").update(canonicalJson(names)).digest("hex").slice(0, 32);
}

function exhausted({ because, numbered: [name = ""] }: Desired): Desired["failures"][number] {
  const message = `the system refused ${namesMax} names, one after another`;
  return { mapper: because[name] ?? name, code: "VALUE_INVALID", message };
}
