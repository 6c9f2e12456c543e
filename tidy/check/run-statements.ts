import type { Outcome, Statement } from "./statement.ts";

/** How a statement ended, for the table. */
export interface Verdict extends Outcome {
  readonly name: string;
  readonly seconds: number;
}

/**
 * Runs every statement, failed ones before it or not, at most `atOnce` at a time and in the order
 * given as far as `after` allows. `tell` hears each verdict as it falls.
 */
export async function runStatements(
  statements: readonly Statement[],
  atOnce: number,
  tell: (verdict: Verdict) => void,
): Promise<readonly Verdict[]> {
  const waiting = [...statements];
  const verdicts: Verdict[] = [];
  const running = new Map<string, Promise<void>>();
  const isReady = ({ after = [] }: Statement) =>
    !after.some((name) => running.has(name) || waiting.some((one) => one.name === name));
  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < atOnce ? waiting.findIndex(isReady) : -1;
    const [statement] = next === -1 ? [] : waiting.splice(next, 1);
    if (!statement) {
      if (running.size === 0) throw new Error("statements wait for one another");
      await Promise.race(running.values());
      continue;
    }
    const ended = verdictOf(statement).then((verdict) => {
      running.delete(statement.name);
      verdicts.push(verdict);
      tell(verdict);
    });
    running.set(statement.name, ended);
  }
  return verdicts;
}

/** A statement that throws has failed; the others still run. */
async function verdictOf(statement: Statement): Promise<Verdict> {
  const started = performance.now();
  const outcome = await statement.run().catch((error: unknown) => ({
    ok: false,
    output: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  return { ...outcome, name: statement.name, seconds: (performance.now() - started) / 1000 };
}
