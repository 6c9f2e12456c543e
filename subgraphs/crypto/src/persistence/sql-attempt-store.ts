import type { Door } from "@joinery/kit";
import type { AttemptStore } from "../app/ports.js";
import type { Admission, Attempts } from "../domain/throttle.js";

const pruneRowsMax = 10_000;

/** Failed attempts by digest of what they were aimed at. */
export class SqlAttemptStore implements AttemptStore {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  async begin(
    key: Buffer,
    known: boolean,
    admit: (before: Attempts | null) => Admission,
  ): Promise<Admission> {
    return this.#door.withCatalogue(async (tx) => {
      // The upsert holds the row's lock until the commit, for a new key too.
      const [row] = await tx.query<{ failures: number; blocked_until: Date; last_at: Date }>(
        `insert into sign_in_attempt (key, known, failures, blocked_until, last_at)
         values ($1, $2, 0, '-infinity', '-infinity')
         on conflict (key) do update set known = excluded.known
         returning failures, nullif(blocked_until, '-infinity') as blocked_until,
           nullif(last_at, '-infinity') as last_at`,
        [key, known],
      );
      const before =
        row && row.failures > 0
          ? { failures: row.failures, blockedUntil: row.blocked_until, lastAt: row.last_at }
          : null;
      const admission = admit(before);
      if (admission.admitted) {
        const { failures, blockedUntil, lastAt } = admission.next;
        await tx.execute(
          `update sign_in_attempt set failures = $2, blocked_until = $3, last_at = $4
           where key = $1`,
          [key, failures, blockedUntil, lastAt],
        );
      }
      return admission;
    });
  }

  async succeed(keys: readonly Buffer[]): Promise<void> {
    await this.#door.withCatalogue((tx) =>
      tx.execute(
        `delete from sign_in_attempt where key in
           (select key from sign_in_attempt where key = any($1) order by key for update)`,
        [keys],
      ),
    );
  }

  async prune(before: Date, unknownMax: number): Promise<number> {
    return this.#door.withCatalogue((tx) =>
      tx.execute(
        `delete from sign_in_attempt where key in (
           (select key from sign_in_attempt where last_at < $1 limit $3)
           union
           (select key from sign_in_attempt where not known order by last_at desc offset $2))`,
        [before, unknownMax, pruneRowsMax],
      ),
    );
  }
}
