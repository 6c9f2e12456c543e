import { canonicalJson } from "./canonical.js";
import { strengths, type AttributeSchema, type Contribution, type Folded } from "./model.js";
import type { Origin, Value } from "./model.js";
import { objectOf } from "./shapes.js";
import { compareText } from "./values.js";

const originKinds = ["application", "rule", "generated", "manual"] as const;

/**
 * Makes one object of what applications, rules and people wish for it. Per attribute one
 * contribution wins whole, also where the attribute holds several values: a set is never mixed from
 * two origins, so every value has the origin that the attribute has.
 *
 * Who wins, first difference decides:
 * 1. a hand edit, unless it is weak; 2. strong over normal over weak; 3. lower precedence;
 * 4. application before rule before generated; 5. source, account and mapper by their text;
 * 6. the value by its canonical text; 7. strong over normal, of two hand edits alike in all else.
 * The order of the contributions never matters. What the schema does not know is left out.
 */
export function compileFold(
  schema: readonly AttributeSchema[],
): (contributions: readonly Contribution[]) => Folded {
  const places = new Map(schema.map((each, at) => [each.name, at]));
  const names = schema.map((each) => each.name);
  return (contributions) => {
    const winners: (Contribution | undefined)[] = new Array<undefined>(names.length).fill(
      undefined,
    );
    for (const contribution of contributions) {
      const place = places.get(contribution.attribute);
      if (place === undefined) continue;
      const winner = winners[place];
      if (winner === undefined || beats(contribution, winner)) winners[place] = contribution;
    }
    const present: string[] = [];
    const values: Value[] = [];
    const origins: Origin[] = [];
    for (let place = 0; place < names.length; place += 1) {
      const winner = winners[place];
      if (winner === undefined) continue;
      present.push(names[place] as string);
      values.push(winner.value);
      origins.push(winner.origin);
    }
    return { attributes: objectOf(present, values), origins: objectOf(present, origins) };
  };
}

function beats(a: Contribution, b: Contribution): boolean {
  return order(a, b) < 0;
}

function order(a: Contribution, b: Contribution): number {
  const [one, other] = [a.origin, b.origin];
  return (
    tier(one) - tier(other) ||
    one.precedence - other.precedence ||
    originKinds.indexOf(one.kind) - originKinds.indexOf(other.kind) ||
    compareText(one.source, other.source) ||
    compareText(one.account ?? "", other.account ?? "") ||
    compareText(one.mapper ?? "", other.mapper ?? "") ||
    compareText(canonicalJson(a.value), canonicalJson(b.value)) ||
    strengths.indexOf(one.strength) - strengths.indexOf(other.strength)
  );
}

function tier(origin: Origin): number {
  if (origin.kind === "manual" && origin.strength !== "weak") return -1;
  return strengths.indexOf(origin.strength);
}
