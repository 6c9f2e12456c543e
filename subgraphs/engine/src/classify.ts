import { asValueFailure, ValueFailure } from "./failure.js";
import { compileExpression, evaluate } from "./language/expression.js";
import type { Frame } from "./language/frame.js";
import { asList, mistyped, truth } from "./language/operators.js";
import { any, bool } from "./language/types.js";
import type { Attributes, Classified, IdentityState, MapperFailure, ObjectKind } from "./model.js";
import type { RuleSet, WantedGroup, WantedGroups } from "./model.js";
import { scopeOf } from "./scopes.js";

/** Groups that one group rule may want for one identity. */
export const groupsPerRuleMax = 1_000;

/** Code 0 where a condition could not be computed: the host parks the object. */
export function compileClassifications(
  ruleSet: RuleSet,
  frame: Frame,
): (kind: ObjectKind, attributes: Attributes, now: string) => Classified {
  const all = (ruleSet.classifications ?? []).map((each) => {
    const schema = ruleSet.schema[each.kind] ?? [];
    const side = { kind: "identity", schema, bare: true } as const;
    return { ...each, run: compileExpression(each.when, scopeOf(side), bool).run };
  });
  return (kind, attributes, now) => {
    frame.begin(now);
    frame.attributes = attributes;
    for (const each of all) {
      if (each.kind !== kind) continue;
      try {
        if (!truth(evaluate(each.run, frame))) continue;
      } catch (error) {
        const failures = [toFailure(each.id, error)];
        return { code: 0, id: null, failures, nextDueAt: frame.nextDueAt };
      }
      return { code: each.code, id: each.id, failures: [], nextDueAt: frame.nextDueAt };
    }
    return { code: 0, id: null, failures: [], nextDueAt: frame.nextDueAt };
  };
}

/** The ids of classifications by their code. */
export function classificationIds(ruleSet: RuleSet): ReadonlyMap<number, string> {
  return new Map((ruleSet.classifications ?? []).map((each) => [each.code, each.id]));
}

export function compileGroups(
  ruleSet: RuleSet,
  frame: Frame,
): (identity: IdentityState, now: string) => WantedGroups {
  const side = { kind: "identity", schema: ruleSet.schema.user ?? [] } as const;
  const ids = classificationIds(ruleSet);
  const rules = (ruleSet.groups ?? []).map((rule) => ({
    id: rule.id,
    run: compileExpression(rule.each, scopeOf(side), any).run,
  }));
  return (identity, now) => {
    const groups: WantedGroup[] = [];
    const failures: MapperFailure[] = [];
    if (identity.kind !== "user") return { groups, failures, nextDueAt: null };
    frame.begin(now);
    frame.attributes = identity.attributes;
    frame.identity = identity.id;
    frame.classification = ids.get(identity.classification);
    for (const rule of rules) {
      try {
        for (const key of groupKeys(evaluate(rule.run, frame))) groups.push({ rule: rule.id, key });
      } catch (error) {
        failures.push(toFailure(rule.id, error));
      }
    }
    return { groups: failures.length === 0 ? groups : [], failures, nextDueAt: frame.nextDueAt };
  };
}

function groupKeys(value: ReturnType<typeof evaluate>): readonly string[] {
  const keys = new Set<string>();
  for (const each of asList(value)) {
    if (typeof each !== "string") return mistyped("text as a group's key");
    if (each !== "") keys.add(each);
  }
  if (keys.size > groupsPerRuleMax) {
    throw new ValueFailure("EXPRESSION_LIMIT", `more than ${groupsPerRuleMax} groups by one rule`);
  }
  return [...keys].sort();
}

export function toFailure(mapper: string, error: unknown): MapperFailure {
  const { code, message } = asValueFailure(error);
  return { mapper, code, message };
}
