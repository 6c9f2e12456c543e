import type { Engine, RuleSet } from "@joinery/engine";
import type { Clock, Door, KeyRing, Log } from "@joinery/kit";

/** What the vault's use-cases work with. */
export interface VaultDeps {
  readonly door: Door;
  readonly keys: KeyRing;
  readonly log: Log;
  readonly clock: Clock;
  readonly engines: EngineCache;
}

interface Compiled {
  readonly engine: Engine;
  readonly ruleSet: RuleSet;
}

/** Compiled rule sets by hash; each is compiled once per process. */
export class EngineCache {
  readonly #held = new Map<string, Compiled>();
  readonly #compile: (text: string) => Compiled;

  constructor(compile: (text: string) => Compiled) {
    this.#compile = compile;
  }

  async get(hash: string, load: () => Promise<string>): Promise<Compiled> {
    const held = this.#held.get(hash);
    if (held) return held;
    const compiled = this.#compile(await load());
    if (this.#held.size >= engineCountMax) this.#held.clear();
    this.#held.set(hash, compiled);
    return compiled;
  }
}

/** A compiled rule set is some megabytes at most; organisations beyond this are compiled again. */
const engineCountMax = 64;
