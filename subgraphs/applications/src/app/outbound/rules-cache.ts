import { compileEngine, type RuleSet } from "@joinery/engine";
import type { CompiledRules } from "./outbound-work.js";

const keptMax = 16;
const compiled = new Map<string, CompiledRules>();

/** Compiles a bundle once; a bundle of the same hash is the same whatever the organisation. */
export function compiledRules(hash: string, text: string): CompiledRules {
  const known = compiled.get(hash);
  if (known !== undefined) return known;
  const ruleSet = JSON.parse(text) as RuleSet;
  const rules = { ruleSet, engine: compileEngine(ruleSet) };
  if (compiled.size >= keptMax) compiled.delete(compiled.keys().next().value as string);
  compiled.set(hash, rules);
  return rules;
}
