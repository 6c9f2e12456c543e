import type { Frame } from "./language/frame.js";
import { compileMappers, firstYield, type AttributeMappers } from "./mappers.js";
import type { AccountState, Contribution, MappedAccount, MapperFailure } from "./model.js";
import type { RuleSet, WantedGroup } from "./model.js";

export const precedenceDefault = 100;

interface Inbound {
  readonly precedence: number;
  readonly groups: readonly AttributeMappers[];
}

export function compileInbound(
  ruleSet: RuleSet,
  frame: Frame,
): (account: AccountState, now: string) => MappedAccount {
  const places = new Map<string, Inbound>();
  for (const [application, rules] of Object.entries(ruleSet.applications)) {
    for (const kind of ["user", "group"] as const) {
      const inbound = rules[kind]?.inbound;
      if (inbound === undefined) continue;
      const side = { kind: "account", schema: undefined } as const;
      places.set(`${kind}/${application}`, {
        precedence: inbound.precedence ?? precedenceDefault,
        groups: compileMappers(inbound.mappers, side, ruleSet.schema[kind] ?? []),
      });
    }
  }
  return (account, now) => {
    const inbound = places.get(`${account.kind}/${account.application}`);
    if (inbound === undefined) return { contributions: [], failures: [], nextDueAt: null };
    frame.begin(now);
    frame.attributes = account.attributes;
    frame.anchor = account.anchor;
    frame.objectName = account.name;
    frame.enabled = account.enabled;
    return contribute(inbound.groups, frame, (mapper, strength) => ({
      kind: "application",
      source: account.application,
      account: account.id,
      mapper,
      strength,
      precedence: inbound.precedence,
    }));
  };
}

export function compileGroupMappers(
  ruleSet: RuleSet,
  frame: Frame,
): (wanted: WantedGroup) => MappedAccount {
  const rules = new Map<string, readonly AttributeMappers[]>();
  for (const rule of ruleSet.groups ?? []) {
    rules.set(rule.id, compileMappers(rule.mappers, { kind: "key" }, ruleSet.schema.group ?? []));
  }
  return (wanted) => {
    const groups = rules.get(wanted.rule);
    if (groups === undefined) throw new RangeError("the rule set has no such group rule");
    frame.key = wanted.key;
    const made = contribute(groups, frame, (mapper, strength) => ({
      kind: "rule",
      source: wanted.rule,
      mapper,
      strength,
      precedence: precedenceDefault,
    }));
    // Group mappers know no time, so what the frame noted before is not theirs.
    return { ...made, nextDueAt: null };
  };
}

/** All or nothing: an object with a failure contributes nothing new and is parked by the host. */
function contribute(
  groups: readonly AttributeMappers[],
  frame: Frame,
  originOf: (
    mapper: string,
    strength: Contribution["origin"]["strength"],
  ) => Contribution["origin"],
): MappedAccount {
  const contributions: Contribution[] = [];
  const failures: MapperFailure[] = [];
  for (const group of groups) {
    const found = firstYield(group, frame, failures);
    if (found === undefined) continue;
    const { mapper, value } = found;
    const origin = originOf(mapper.id, mapper.strength);
    contributions.push({ attribute: group.attribute, value, origin });
  }
  return {
    contributions: failures.length === 0 ? contributions : [],
    failures,
    nextDueAt: frame.nextDueAt,
  };
}
