import { rejected } from "../delta-tokens.js";
import type { ChangeView } from "./change-source.js";
import type { SyncreplToken } from "./change-token.js";
import { texts } from "./directory.js";
import { textIds, withIds } from "./entry-ids.js";
import { equal } from "./filter.js";

export type Witness = SyncreplToken["witnesses"][number];

const ids = textIds("entryUUID");
const witnessesMax = 16;

/**
 * The entries that bear the newest change of each of the servers that write, where OpenLDAP shows
 * its `contextCSN`. A server that came back from a backup and went on from there takes a position
 * from before, and tells only what happened since.
 */
export async function findWitnesses({ session, scope }: ChangeView): Promise<Witness[]> {
  const witnesses: Witness[] = [];
  for (const base of scope.roots) {
    const root = await session.readEntry(base, ["contextCSN"]);
    for (const csn of texts(root, "contextCSN")) {
      const filter = equal("entryCSN", csn);
      const search = { base, scope: "sub", filter, attributes: [ids.attribute] } as const;
      // None has it where the newest change was a deletion.
      for (const entry of await session.find(search, 1)) {
        const id = ids.of(entry);
        if (id !== undefined) witnesses.push({ id, csn });
      }
    }
  }
  return witnesses.slice(0, witnessesMax);
}

/**
 * Throws `DELTA_TOKEN_REJECTED` where an entry is older than it was or not there, and the server
 * does not say that it `isTold` as changed: it is from before.
 */
export async function demandWitnesses(
  { session, scope }: ChangeView, witnesses: readonly Witness[], isTold: (id: string) => boolean,
): Promise<void> {
  const silent = witnesses.filter(({ id }) => !isTold(id));
  if (silent.length === 0) return;
  const filter = withIds(ids, silent.map((each) => each.id));
  const seen = new Map<string, string | undefined>();
  for (const base of scope.roots) {
    const search = {
      base, scope: "sub", filter, attributes: [ids.attribute, "entryCSN"],
    } as const;
    for (const entry of await session.find(search, silent.length)) {
      seen.set(ids.of(entry) ?? "", texts(entry, "entryCSN")[0]);
    }
  }
  // One that is newer was changed after the answer: numbers begin with the time.
  if (silent.every(({ id, csn }) => (seen.get(id) ?? "") >= csn)) return;
  throw rejected("the server is from before it, as one restored from a backup is");
}
