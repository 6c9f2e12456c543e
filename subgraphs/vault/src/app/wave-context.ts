import { compileEngine, type RuleSet } from "@joinery/engine";
import { assert, JoineryError, type TenantTransaction } from "@joinery/kit";
import { bundleText, listApplications } from "../persistence/replicas.js";
import type { WaveContext } from "./load-batch.js";
import type { VaultDeps } from "./ports.js";

/** Before the first rule set is active nothing is mapped, joined or created. */
const emptyRuleSet: RuleSet = { format: 1, schema: {}, applications: {} };

/** Compiles a stored bundle; what `rules` published was validated, so a fault here is ours. */
export function compileBundle(text: string): { engine: WaveContext["engine"]; ruleSet: RuleSet } {
  const ruleSet = text === "" ? emptyRuleSet : (JSON.parse(text) as RuleSet);
  return { engine: compileEngine(ruleSet), ruleSet };
}

/**
 * Throws BUNDLE_MISSING when the run is pinned to a bundle that is not here: the wave waits for it.
 */
export async function loadContext(
  deps: VaultDeps,
  tx: TenantTransaction,
  bundle: string | null,
  now: string,
): Promise<WaveContext> {
  const compiled = await deps.engines.get(bundle ?? "", async () => {
    if (bundle === null) return "";
    const { data } = await bundleText(tx, bundle);
    if (data === "") throw new JoineryError("BUNDLE_MISSING", "the run's rule set is not here yet");
    return data;
  });
  const blind = await deps.keys.blindIndex(tx.tenant);
  const digestKey = await deps.keys.digestKey(tx.tenant);
  const applications = await listApplications(tx);
  assert(now !== "", "a wave has an instant for its decisions");
  return {
    ...compiled,
    applications: new Map(applications.map((application) => [application.id, application])),
    blind,
    digestKey,
    now,
  };
}
