import type { Candidate, Correlation, JoinKey } from "./model.js";

/**
 * Decides who an account that is not joined belongs to. The first joining rule that finds anybody
 * decides; a later rule never overrules it.
 *
 * | identities found by that rule | correlation |
 * | ----------------------------- | ----------- |
 * | none by any rule              | unmatched   |
 * | one, free                     | unjoined    |
 * | one, taken                    | disputed    |
 * | two or more                   | disputed    |
 *
 * `candidates` stand in the order of `keys`; throws RangeError when their numbers differ.
 */
export function correlate(
  keys: readonly JoinKey[],
  candidates: readonly (readonly Candidate[])[],
): Correlation {
  if (keys.length !== candidates.length) throw new RangeError("one list of candidates per key");
  for (let at = 0; at < keys.length; at += 1) {
    const { rule } = keys[at] as JoinKey;
    const found = new Map<string, boolean>();
    for (; keys[at]?.rule === rule; at += 1) {
      for (const { identity, taken } of candidates[at] as readonly Candidate[]) {
        found.set(identity, taken || found.get(identity) === true);
      }
    }
    at -= 1;
    if (found.size === 0) continue;
    const identities = [...found.keys()].sort();
    const [identity] = identities as [string];
    if (found.size === 1 && found.get(identity) === false) {
      return { situation: "unjoined", identity, rule };
    }
    return { situation: "disputed", rule, candidates: identities };
  }
  return { situation: "unmatched" };
}
