import type { ConnectorObject } from "@joinery/connectors";
import type { ObjectKind, Value } from "@joinery/engine";
import { uuidv5 } from "@joinery/kit";
import {
  contentProblem,
  isKeepable,
  type Content,
  type ContentReader,
} from "../../domain/content.js";
import { nameKey } from "../../domain/name-key.js";
import type { StagedObject } from "../import-ports.js";
import type { Tx } from "../ports.js";
import { placeOf, type ImportWork } from "./import-work.js";
import type { ReadTally } from "./read-tally.js";
import { sealNew } from "./seal-new.js";

/** Objects of one kind, made comparable before the database is asked. */
export interface Chunk {
  readonly kind: ObjectKind;
  readonly reader: ContentReader;
  readonly objects: readonly ConnectorObject[];
  readonly contents: readonly Content[];
  readonly anchors: readonly string[];
  /** 32 bytes each. */
  readonly digests: Buffer;
  /** Anchors of objects that cannot be kept. */
  readonly passed: readonly string[];
}

/** The part that computes: hashing while the database works on the chunk before. */
export function toChunk(
  kind: ObjectKind,
  given: readonly ConnectorObject[],
  reader: ContentReader,
  tally: ReadTally,
): Chunk {
  const objects: ConnectorObject[] = [];
  const contents: Content[] = [];
  const passed: string[] = [];
  for (const object of given) {
    const content = reader.read(object);
    const problem = contentProblem(object, content);
    if (problem === null) {
      objects.push(object);
      contents.push(content);
    } else {
      passed.push(object.anchor);
      tally.pass(object.anchor, problem.code, problem.reason);
    }
  }
  tally.read += given.length;
  return {
    kind, reader, objects, contents, passed,
    anchors: objects.map(({ anchor }) => anchor),
    digests: Buffer.from(contents.map(({ digest }) => digest).join(""), "latin1"),
  };
}

/** Rows of one chunk that differ from what is held, in the order of the stage. */
export interface ComparedChunk {
  readonly rows: readonly ReadRow[];
  /** How many of the rows, from the first on, are of accounts of which nothing is held. */
  readonly unknown: number;
}

/** Finds what is new or changed: four statements a chunk at most, which write nothing. */
export async function compareChunk(
  work: ImportWork,
  tx: Tx,
  chunk: Chunk,
  tally: ReadTally,
): Promise<ComparedChunk> {
  const { deps } = work;
  const { kind, anchors } = chunk;
  const place = placeOf(work);
  const codes = await deps.imports.compare(tx, place, kind, anchors, chunk.digests);
  const { added, changed } = sortByCode(codes, tally, (at, number) =>
    isFirst(chunk, at, number, tally));
  const compared = await numberRows(work, tx, chunk, { added, changed }, tally);
  const unkept = chunk.passed.filter(isKeepable);
  if (unkept.length > 0) {
    tally.protect(await deps.imports.numbersOf(tx, place.applicationId, unkept));
  }
  return compared;
}

/** Where in a chunk the objects are of which nothing is held, and those that differ. */
interface Differing {
  readonly added: readonly number[];
  readonly changed: readonly number[];
}

/** `isCounted` is asked of each that is held, and may leave it out. */
function sortByCode(
  codes: Int32Array,
  tally: ReadTally,
  isCounted: (at: number, number: number) => boolean,
): Differing {
  const added: number[] = [];
  const changed: number[] = [];
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] as number;
    if (code === 0) added.push(at);
    else if (isCounted(at, Math.abs(code))) {
      if (code > 0) tally.unchanged += 1;
      else changed.push(at);
    }
  }
  return { added, changed };
}

async function numberRows(
  work: ImportWork,
  tx: Tx,
  chunk: Chunk,
  { added, changed }: Differing,
  tally: ReadTally,
): Promise<ComparedChunk> {
  const { unknown, planned } = await toNew(work, tx, chunk, added);
  const rows = [...unknown, ...planned, ...(await toChanged(work, tx, chunk, changed))];
  for (const row of rows) {
    tally.lastObject += 1;
    tally.stagedUnits += row.attributes.length;
    row.ordinal = tally.lastObject;
  }
  return { rows, unknown: unknown.length };
}

/** Whatever was written, the report is looked at: what is newer shows when it is applied. */
const regardless = new Date("9999-12-31T00:00:00Z");

/**
 * Stages objects of a report of changes: the last word on an anchor stands, whatever the report
 * said before. They are few, so what they tell is sealed when it is applied.
 */
export async function stageReported(
  work: ImportWork,
  tx: Tx,
  chunk: Chunk,
  tally: ReadTally,
): Promise<void> {
  const { deps, run } = work;
  const { kind, anchors } = chunk;
  if (tally.lastObject > 0) await deps.imports.unstage(tx, run.id, kind, anchors);
  const place = { ...placeOf(work), readStartedAt: regardless };
  const codes = await deps.imports.compare(tx, place, kind, anchors, chunk.digests);
  const differing = sortByCode(codes, tally, () => true);
  const { rows } = await numberRows(work, tx, chunk, differing, tally);
  if (rows.length > 0) await deps.imports.stageObjects(tx, run.id, rows);
}

/** Stages what differs, and what the unknown ones tell: sealed while the rows are written. */
export async function stageChunk(
  work: ImportWork,
  tx: Tx,
  { rows, unknown }: ComparedChunk,
  tally: ReadTally,
): Promise<void> {
  const { deps, run } = work;
  const [events] = await Promise.all([
    sealNew(work, rows.slice(0, unknown), tally),
    rows.length > 0 ? deps.imports.stageObjects(tx, run.id, rows) : undefined,
  ]);
  if (events.length > 0) await deps.imports.stageEvents(tx, run.id, events);
}

/** The second row of an anchor makes both unusable, whichever is right. */
function isFirst(chunk: Chunk, at: number, number: number, tally: ReadTally): boolean {
  if (!tally.accounts.has(number)) {
    tally.accounts.add(number);
    return true;
  }
  const anchor = chunk.anchors[at] as string;
  const known = tally.duplicates[chunk.kind];
  tally.errors.add("ANCHOR_DUPLICATE", anchor, "rows share this anchor", known.has(anchor) ? 1 : 2);
  known.add(anchor);
  if (chunk.kind === "group") tally.unreadGroups.add(number);
  return false;
}

/** A row of the stage, with its attributes as they were before they became text. */
export type ReadRow = Omit<StagedObject, "ordinal"> & {
  ordinal: number;
  readonly values: Readonly<Record<string, Value>>;
};

/** Rows of which nothing is held, and those that are what was planned for an identity. */
async function toNew(
  { deps, application }: ImportWork,
  tx: Tx,
  chunk: Chunk,
  added: readonly number[],
): Promise<{ readonly unknown: readonly ReadRow[]; readonly planned: readonly ReadRow[] }> {
  const unknown: ReadRow[] = [];
  const planned: ReadRow[] = [];
  if (added.length === 0) return { unknown, planned };
  const keys = added.map((at) => nameKey((chunk.objects[at] as ConnectorObject).name));
  const known = await deps.imports.plannedOf(tx, application.id, chunk.kind, keys);
  for (const [nth, at] of added.entries()) {
    const key = keys[nth] as string;
    const match = known.size === 0 ? undefined : known.get(key);
    const anchor = chunk.anchors[at] as string;
    const accountId = match?.id ?? uuidv5(tx.tenant, application.id, chunk.kind, anchor);
    const identityId = match?.identityId ?? null;
    const into = match === undefined ? unknown : planned;
    into.push({ ...toRow(chunk, at, key), operation: "new", accountId, identityId });
  }
  return { unknown, planned };
}

async function toChanged(
  { deps, application }: ImportWork,
  tx: Tx,
  chunk: Chunk,
  changed: readonly number[],
): Promise<ReadRow[]> {
  if (changed.length === 0) return [];
  const anchors = changed.map((at) => chunk.anchors[at] as string);
  const ids = await deps.imports.idsOf(tx, application.id, chunk.kind, anchors);
  return changed.flatMap((at) => {
    const accountId = ids.get(chunk.anchors[at] as string);
    if (accountId === undefined) return [];
    const key = nameKey((chunk.objects[at] as ConnectorObject).name);
    return [{ ...toRow(chunk, at, key), operation: "changed", accountId, identityId: null }];
  });
}

function toRow(chunk: Chunk, at: number, key: string) {
  const object = chunk.objects[at] as ConnectorObject;
  const { anchor, name, enabled } = object;
  const digest = chunk.digests.toString("hex", at * 32, at * 32 + 32);
  const values = chunk.reader.attributes(object);
  const attributes = JSON.stringify(values);
  return {
    ordinal: 0, kind: chunk.kind, anchor, name, nameKey: key, digest, attributes, values, enabled,
  };
}
