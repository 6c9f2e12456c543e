import type { ConnectorObject } from "@joinery/connectors";
import type { ObjectKind } from "@joinery/engine";
import { uuidv5 } from "@joinery/kit";
import {
  contentProblem,
  isKeepable,
  type Content,
  type ContentReader,
} from "../../domain/content.js";
import { nameKey } from "../../domain/name-key.js";
import type { Place, StagedObject } from "../import-ports.js";
import type { Deps, Tx } from "../ports.js";
import type { ReadTally } from "./read-tally.js";

/** Objects of one kind, made comparable before the database is asked. */
export interface Chunk {
  readonly kind: ObjectKind;
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
    kind, objects, contents, passed,
    anchors: objects.map(({ anchor }) => anchor),
    digests: Buffer.concat(contents.map(({ digest }) => digest)),
  };
}

/** Finds what is new or changed and stages only that: three statements a chunk at most. */
export async function stageChunk(
  deps: Deps,
  tx: Tx,
  place: Place,
  chunk: Chunk,
  tally: ReadTally,
): Promise<void> {
  const { kind, anchors } = chunk;
  const codes = await deps.imports.compare(tx, place, kind, anchors, chunk.digests);
  const added: number[] = [];
  const changed: number[] = [];
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] as number;
    if (code === 0) added.push(at);
    else if (isFirst(chunk, at, Math.abs(code), tally)) {
      if (code > 0) tally.unchanged += 1;
      else changed.push(at);
    }
  }
  const rows = [
    ...(await toNew(deps, tx, place, chunk, added)),
    ...(await toChanged(deps, tx, place, chunk, changed)),
  ];
  for (const row of rows) row.ordinal = tally.lastObject += 1;
  if (rows.length > 0) await deps.imports.stageObjects(tx, place.runId, rows);
  const unkept = chunk.passed.filter(isKeepable);
  if (unkept.length > 0) {
    tally.protect(await deps.imports.numbersOf(tx, place.applicationId, unkept));
  }
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

type Unnumbered = Omit<StagedObject, "ordinal"> & { ordinal: number };

async function toNew(
  deps: Deps,
  tx: Tx,
  place: Place,
  chunk: Chunk,
  added: readonly number[],
): Promise<Unnumbered[]> {
  if (added.length === 0) return [];
  const keys = added.map((at) => nameKey((chunk.objects[at] as ConnectorObject).name));
  const planned = await deps.imports.plannedOf(tx, place.applicationId, chunk.kind, keys);
  return added.map((at, nth) => {
    const key = keys[nth] as string;
    const match = planned.size === 0 ? undefined : planned.get(key);
    const anchor = chunk.anchors[at] as string;
    const id = match?.id ?? uuidv5(tx.tenant, place.applicationId, chunk.kind, anchor);
    return { ...toRow(chunk, at, key), operation: "new", accountId: id,
      identityId: match?.identityId ?? null };
  });
}

async function toChanged(
  deps: Deps,
  tx: Tx,
  place: Place,
  chunk: Chunk,
  changed: readonly number[],
): Promise<Unnumbered[]> {
  if (changed.length === 0) return [];
  const anchors = changed.map((at) => chunk.anchors[at] as string);
  const ids = await deps.imports.idsOf(tx, place.applicationId, chunk.kind, anchors);
  return changed.flatMap((at) => {
    const accountId = ids.get(chunk.anchors[at] as string);
    if (accountId === undefined) return [];
    const key = nameKey((chunk.objects[at] as ConnectorObject).name);
    return [{ ...toRow(chunk, at, key), operation: "changed", accountId, identityId: null }];
  });
}

function toRow(chunk: Chunk, at: number, key: string) {
  const { anchor, name, enabled } = chunk.objects[at] as ConnectorObject;
  const { attributes, digest } = chunk.contents[at] as Content;
  return { ordinal: 0, kind: chunk.kind, anchor, name, nameKey: key, digest, attributes, enabled };
}
