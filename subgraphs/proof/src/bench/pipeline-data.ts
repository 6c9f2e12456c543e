import type { Mapper, RuleSet } from "@joinery/engine";
import { Random } from "../support/random.js";

const columns = Array.from({ length: 20 }, (_, index) => `a${index}`);

/** In a cell, what no expression of ours can compute with. */
const poison = "poison";

/**
 * HR rows of 20 cells, about 460 bytes as JSON; `a0` is the number. `failing` of a thousand hold a
 * value that fails in the vault.
 */
export function* pipelineRows(people: number, seed: number, failing = 0): Generator<string[]> {
  const random = new Random(seed);
  for (let index = 0; index < people; index += 1) {
    yield columns.map((_, at) =>
      at === 0 ? String(1_000_000 + index)
      : at === 19 && index % 1_000 < failing ? poison
      : `value ${random.below(100_000)} of ${at}`);
  }
}

export function headerRow(): string {
  return columns.join(",");
}

/**
 * Twenty direct mappers in, twenty out to each target; more of them are expressions. With `failing`
 * the last of the twenty is an expression that fails for a poisoned cell.
 */
export function pipelineRuleSet(mappers: number, failing = 0): RuleSet {
  const inbound: Mapper[] = [];
  const outbound = (target: string): Mapper[] =>
    columns.map((name) => ({
      id: `${target}.${name}`, kind: "direct", from: name === "a0" ? "number" : name, to: name,
    }));
  for (let at = 0; at < mappers; at += 1) {
    const name = columns[at % columns.length] ?? "a0";
    const to = name === "a0" ? "number" : name;
    const id = `hr.${name}.${Math.floor(at / columns.length)}`;
    const expression = `upper(account.${name})`;
    if (failing > 0 && at === columns.length - 1) {
      const value = `account.${name}`;
      const thrown = `${value} == '${poison}' ? string(int(${value})) : ${value}`;
      inbound.push({ id, kind: "expression", expression: thrown, to });
      continue;
    }
    inbound.push(
      at < columns.length
        ? { id, kind: "direct", from: name, to }
        : { id, kind: "expression", expression, to, strength: "weak" },
    );
  }
  const target = (key: string) => ({
    user: {
      outbound: {
        provision: { id: `${key}.provision`, when: "true" },
        otherwise: "delete" as const,
        mappers: outbound(key),
      },
    },
  });
  return {
    format: 1,
    schema: {
      user: columns.map((name) => ({
        name: name === "a0" ? "number" : name, type: "string" as const,
      })),
      group: [{ name: "name", type: "string" }],
    },
    applications: {
      hr: {
        user: {
          inbound: {
            joins: [{ id: "hr.join", match: [{ account: "a0", identity: "number" }] }],
            mappers: inbound,
          },
        },
      },
      one: target("one"),
      two: target("two"),
    },
    classifications: [{ id: "odd", code: 1, kind: "user", when: "identity.number.endsWith('1')" }],
  };
}
