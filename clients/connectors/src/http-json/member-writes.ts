import { chunks } from "../chunks.js";
import { ConnectorError, type ConnectorWrite, type WriteResult } from "../connector.js";
import type { MembersSettings } from "./configuration.js";
import { membersOf } from "./members.js";
import { demandObject } from "./object-map.js";
import type { DoSettings } from "./request-settings.js";
import { slotsIn } from "./templates.js";
import { demandItem, demandUnprotected, invalid, unable, type Target } from "./write-context.js";

type MembersWrite = Extract<ConnectorWrite, { readonly operation: "members" }>;

/** Adds and removes single members; nobody else is named, so nobody else can leave. */
export async function writeMembers(target: Target, write: MembersWrite): Promise<WriteResult> {
  const { system, signal } = target;
  demandUnprotected(system, write.anchor);
  const settings = system.configuration.groups?.members;
  if (settings?.add === undefined || settings.remove === undefined) throw unable("write members");
  if (![...write.add, ...write.remove].every((each) => each !== "" && each.isWellFormed())) {
    throw invalid("a member has no id");
  }
  const { item } = await demandItem(target, write.anchor);
  const object = demandObject(target.map, item);
  const { members } = await membersOf(system, settings, write.anchor, item, signal);
  const present = new Set(members.map(({ member }) => member));
  const add = [...new Set(write.add)].filter((each) => !present.has(each));
  const remove = [...new Set(write.remove)].filter((each) => present.has(each));
  if (add.length + remove.length === 0) return { id: write.id, ok: true, already: true, object };
  await sendEach(target, settings.remove, settings, write.anchor, remove);
  await sendEach(target, settings.add, settings, write.anchor, add);
  return { id: write.id, ok: true, object };
}

async function sendEach(
  { system, signal }: Target, way: DoSettings, { perRequest }: MembersSettings,
  group: string, who: readonly string[],
): Promise<void> {
  const size = slotsIn(way.body).includes("members") ? perRequest : 1;
  for (const members of chunks(who, size)) {
    const values = { group, members, ...(size === 1 ? { member: members[0] ?? "" } : {}) };
    try {
      await system.client.change(way, values, {}, signal);
    } catch (error) {
      // Whom somebody else removed or added meanwhile is out or in, as asked for.
      const isDone = error instanceof ConnectorError && size === 1
        && (error.code === "OBJECT_EXISTS" || error.code === "VALUE_TAKEN");
      if (!isDone) throw error;
    }
  }
}
