import {
  ConnectorError, type ConnectorMember, type ConnectorSkip,
} from "../connector.js";
import { asArray, textOf } from "../http/json.js";
import type { MembersSettings } from "./configuration.js";
import { fromJson } from "./json-values.js";
import { anchorOf, standingOf } from "./object-map.js";
import { toPlace, valueAt } from "./places.js";
import type { JsonSystem } from "./json-system.js";
import { listAll } from "./whole-list.js";

export interface FoundMembers {
  readonly members: readonly ConnectorMember[];
  readonly skips: readonly ConnectorSkip[];
}

/** The members of one group, each once: of what the group shows, or of the lists it has. */
export async function membersOf(
  system: JsonSystem, settings: MembersSettings, group: string, item: unknown, signal: AbortSignal,
): Promise<FoundMembers> {
  const { inGroup, ofGroup = [] } = settings;
  if (inGroup !== undefined) {
    const place = toPlace(inGroup.member);
    const found = asArray(valueAt(item, toPlace(inGroup.path)));
    return toMembers(group, found.map((each) => memberAt(each, place)));
  }
  const found: (string | undefined)[] = [];
  for (const list of ofGroup) {
    const place = toPlace(list.member);
    const listing = system.listing(list, place, { group }, signal);
    for await (const { items } of listAll(listing)) {
      const here = items.filter((each) => standingOf(list, each) === "here");
      found.push(...here.map((each) => memberAt(each, place)));
    }
  }
  return toMembers(group, found);
}

function toMembers(group: string, found: readonly (string | undefined)[]): FoundMembers {
  const members = [...new Set(found.filter((each) => each !== undefined))]
    .map((member) => ({ group, member }));
  return { members, skips: found.includes(undefined) ? [namelessMember(group)] : [] };
}

/** A member that nobody can tell: whoever the group lacks may be the one. */
function namelessMember(group: string): ConnectorSkip {
  const reason = "a member of this group has no id";
  return { object: group, anchor: group, code: "ROW_MALFORMED", reason };
}

/** All memberships of the one list that has them, page by page. */
export async function* allPairs(
  system: JsonSystem, pairs: NonNullable<MembersSettings["pairs"]>, signal: AbortSignal,
): AsyncGenerator<FoundMembers> {
  const [group, member] = [toPlace(pairs.group), toPlace(pairs.member)];
  // A person may be in one group twice, as in two roles: an item is known by all that it is.
  for await (const { items } of listAll(system.listing(pairs, undefined, {}, signal))) {
    const members: ConnectorMember[] = [];
    const skips: ConnectorSkip[] = [];
    for (const item of items.filter((each) => standingOf(pairs, each) === "here")) {
      const [ofGroup, who] = [anchorOf(group, item), memberAt(item, member)];
      if (ofGroup !== undefined && who !== undefined) members.push({ group: ofGroup, member: who });
      else if (ofGroup !== undefined) skips.push(namelessMember(ofGroup));
      else throw nameless();
    }
    yield { members, skips };
  }
}

/** Nobody knows which group lacks a member then: none could be taken for whole. */
export function nameless(): ConnectorError {
  return new ConnectorError("stop", "SOURCE_UNREADABLE", "a membership does not name its group");
}

function memberAt(item: unknown, place: readonly string[]): string | undefined {
  const id = fromJson("string", textOf(valueAt(item, place)));
  return typeof id === "string" ? id : undefined;
}
