import type { EntryRow, Json, State } from "./state.js";

interface Found {
  readonly lost: string[];
  readonly duplicates: string[];
}

/**
 * Plays the audit from its first entry: positions are dense, each event told of each object once,
 * every change begins where the one before ended, and the last one ends at what is there.
 */
export function replayAudit({ entries, identities, accounts }: State, found: Found): void {
  for (const [index, { position }] of entries.entries()) {
    if (position === index + 1) continue;
    found.lost.push(`audit has ${position} at place ${index + 1}`);
    break;
  }
  findTwice(entries, found);
  const byObject = Map.groupBy(entries, ({ objectKind, objectId }) => `${objectKind} ${objectId}`);
  for (const { id, attributes, state, kind } of identities) {
    if (kind !== "user") continue;
    const played = play(`identity ${id}`, byObject.get(`identity ${id}`) ?? [], found);
    if (state === "active") compare(`identity ${id}`, played, attributes, found);
  }
  for (const { id, attributes, state, enabled, name, application } of accounts) {
    if (state === "planned") continue;
    const what = `account ${name} of ${application}`;
    const played = play(what, byObject.get(`account ${id}`) ?? [], found);
    if (state === "present") compare(what, played, { ...attributes, $enabled: enabled }, found);
    else if (played !== null) found.lost.push(`audit does not know that ${what} is gone`);
  }
}

function findTwice(entries: readonly EntryRow[], found: Found): void {
  const seen = new Set<string>();
  for (const { eventId, objectKind, objectId, identityId, operation } of entries) {
    // A membership is a pair; its entry names the group as the object.
    const pair = objectKind === "membership" ? ` ${identityId}` : "";
    const key = `${eventId} ${objectKind} ${objectId}${pair}`;
    if (seen.has(key)) found.duplicates.push(`audit has ${operation} of ${key} twice`);
    seen.add(key);
  }
}

/** What the entries say that the object is; null when it is gone or never was. */
function play(what: string, entries: readonly EntryRow[], found: Found): Json | null {
  let now: Record<string, unknown> | null = null;
  for (const { operation, before, after } of entries) {
    if (/(^|\.)delete$/.test(operation)) {
      if (now === null) found.duplicates.push(`audit has ${what} deleted and it was not there`);
      now = null;
      continue;
    }
    if (before === null) {
      if (now !== null) found.duplicates.push(`audit has ${what} created twice`);
      now = { ...after };
      continue;
    }
    if (now === null) {
      found.lost.push(`audit has ${what} changed before it was created`);
      now = {};
    }
    for (const [name, value] of Object.entries(before)) {
      if (isReference(value) || same(now[name], value)) continue;
      found.lost.push(`audit lacks a change of ${name} of ${what}`);
    }
    Object.assign(now, after);
  }
  return now;
}

function compare(what: string, played: Json | null, there: Json, found: Found): void {
  if (played === null) {
    found.lost.push(`audit does not know of ${what}`);
    return;
  }
  for (const name of new Set([...Object.keys(played), ...Object.keys(there)])) {
    if (same(played[name], there[name])) continue;
    found.lost.push(`audit ends with another ${name} of ${what}`);
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

function isReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && "ref" in value;
}
