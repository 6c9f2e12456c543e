import type {
  ActualMember, DueIdentity, GroupMember, WantedMember,
} from "../outbound-ports.js";
import type { Tx } from "../ports.js";
import { pairOf, type LoadedChunk } from "./load-chunk.js";
import type { OutboundWork } from "./outbound-work.js";

export interface LoadedMembers {
  /** Who is there and not wanted, by group account. */
  readonly unwanted: ReadonlyMap<string, readonly ActualMember[]>;
  /** Who is wanted and not there, by group identity. */
  readonly missing: ReadonlyMap<string, readonly WantedMember[]>;
}

/**
 * Where the members of a chunk's groups differ from who shall be in them: of most groups only those
 * that changed, with those of items that have not left, for a new item takes the place of these.
 * At most seven statements.
 */
export async function loadMembers(
  work: OutboundWork,
  tx: Tx,
  chunk: LoadedChunk,
): Promise<LoadedMembers> {
  const { outbound } = work.deps;
  const applications = chunk.targets.map(({ id }) => id);
  const { wholes, members } = await lookOf(work, tx, chunk);
  const unwanted: ActualMember[] = [];
  const missing: WantedMember[] = [];
  if (wholes.size > 0) {
    unwanted.push(...await outbound.unwantedMembers(tx, accountsOf(chunk, wholes)));
    missing.push(...await outbound.missingMembers(tx, [...wholes], applications));
  }
  if (members.length > 0) {
    const groups = new Set(members.map(({ groupId }) => groupId));
    unwanted.push(...await outbound.unwantedMembers(tx, accountsOf(chunk, groups), members));
    missing.push(...await outbound.missingMembers(tx, [...groups], applications, members));
  }
  return {
    unwanted: Map.groupBy(unwanted, ({ group }) => group),
    missing: Map.groupBy(missing, ({ groupId }) => groupId),
  };
}

interface Look {
  readonly wholes: ReadonlySet<string>;
  /** Of the other groups. */
  readonly members: readonly GroupMember[];
}

async function lookOf(work: OutboundWork, tx: Tx, chunk: LoadedChunk): Promise<Look> {
  const { outbound } = work.deps;
  const ids = chunk.identities.map(({ id }) => id);
  if (chunk.targets.some(({ id }) => work.allDue.has(id))) {
    return { wholes: new Set(ids), members: [] };
  }
  const due = await outbound.membersDue(tx, ids);
  const wholes = new Set(due.wholes);
  for (const group of chunk.identities) if (mayBeMade(work, chunk, group)) wholes.add(group.id);
  const some = new Set(ids.filter((id) => !wholes.has(id)));
  const members = [...due.members];
  const owners = new Map([...chunk.accounts.values()].map((each) => [each.id, each.identityId]));
  for (const open of await outbound.openMembers(tx, accountsOf(chunk, some))) {
    const groupId = owners.get(open.group) as string;
    // Whoever it was for is found among all.
    if (!open.isKnown) wholes.add(groupId);
    members.push({ groupId, memberId: open.memberAccount });
  }
  return { wholes, members: members.filter(({ groupId }) => !wholes.has(groupId)) };
}

/** A group that comes to be gets everybody. */
function mayBeMade({ rules, now }: OutboundWork, chunk: LoadedChunk, group: DueIdentity): boolean {
  if (group.isGone) return false;
  return chunk.targets.some(({ id, key }) =>
    chunk.accounts.get(pairOf(group.id, id))?.state !== "present"
      && (rules.ruleSet.applications[key]?.group?.outbound?.memberships ?? "none") !== "none"
      && rules.engine.desire(key, group, now.toISOString()).provisioned);
}

function accountsOf({ accounts }: LoadedChunk, groups: ReadonlySet<string>): string[] {
  return [...accounts.values()].flatMap(({ id, identityId }) =>
    groups.has(identityId) ? [id] : []);
}
