import { hash } from "node:crypto";
import type {
  ChangeBatch, ConnectorMember, ConnectorObject, ReportsChanges,
} from "@joinery/connectors";
import { isKeepable, isTooLong } from "../../domain/content.js";
import { nameKey } from "../../domain/name-key.js";
import { firstMember } from "../../domain/stage-order.js";
import type { Tx } from "../ports.js";
import { placeOf, underClaim, type ImportWork } from "./import-work.js";
import { byKind, chunkMax, passOver, progressOf, readersOf } from "./read-source.js";
import { ReadTally } from "./read-tally.js";
import { stageReported, toChunk } from "./stage-objects.js";

/** What a report staged, and up to where it tells of changes. */
export interface ReadChanges {
  readonly tally: ReadTally;
  readonly token: string;
}

/**
 * Reads what changed since a token and stages what differs from what is held. Whoever the report
 * does not mention is as it was. Throws ConnectorError: then nothing but the stage was written, and
 * that is of no use.
 */
export async function readChanges(
  work: ImportWork,
  changes: ReportsChanges,
  since: string,
): Promise<ReadChanges> {
  const { deps, run, signal } = work;
  const tally = new ReadTally(work.wave.batches);
  const report = new Report(work, tally);
  await underClaim(work, (tx) => deps.imports.begin(tx, run.id));
  const tell = progressOf(work, tally);
  let token = since;
  for await (const batch of changes.changes(since, { signal, batchSizeMax: chunkMax })) {
    if (batch.type === "token") token = batch.token;
    else {
      await underClaim(work, async (tx) => {
        await report.take(tx, batch);
        await tell(tx);
      });
    }
  }
  return { tally, token };
}

/** One report as it is taken in, batch after batch: the last word on anything stands. */
class Report {
  readonly #work: ImportWork;
  readonly #tally: ReadTally;
  readonly #readers: ReturnType<typeof readersOf>;

  constructor(work: ImportWork, tally: ReadTally) {
    this.#work = work;
    this.#tally = tally;
    this.#readers = readersOf(work.application);
  }

  async take(tx: Tx, batch: Exclude<ChangeBatch, { readonly type: "token" }>): Promise<void> {
    switch (batch.type) {
      case "objects":
        return this.#takeObjects(tx, batch.objects);
      case "gone":
        return this.#takeGone(tx, batch.gone.map(({ anchor }) => anchor).filter(isKeepable));
      case "members":
        return this.#takeMembers(tx, batch.added, batch.removed);
      case "wholeMembers":
        return this.#takeWhole(tx, batch.groups);
      case "skips":
        await passOver(this.#work, tx, batch.skips, this.#tally);
        return this.#keep(tx, batch.skips.flatMap(({ anchor }) => anchor ?? []));
    }
  }

  async #takeObjects(tx: Tx, objects: readonly ConnectorObject[]): Promise<void> {
    for (const [kind, some] of byKind(objects)) {
      const reader = this.#readers.get(kind);
      if (reader === undefined) continue;
      const newest = [...new Map(some.map((each) => [each.anchor, each])).values()];
      const chunk = toChunk(kind, newest, reader, this.#tally);
      await stageReported(this.#work, tx, chunk, this.#tally);
      await this.#keep(tx, chunk.passed);
      if (kind === "group") for (const { anchor } of newest) this.#tally.goneGroups.delete(anchor);
    }
  }

  /** Who cannot be read is there all the same, also where the report said otherwise before. */
  async #keep(tx: Tx, anchors: readonly string[]): Promise<void> {
    const { deps, run } = this.#work;
    for (const anchor of anchors) this.#tally.goneGroups.delete(anchor);
    const kept = anchors.filter(isKeepable);
    if (kept.length > 0) await deps.reports.unstageGone(tx, run.id, kept);
  }

  async #takeGone(tx: Tx, anchors: readonly string[]): Promise<void> {
    const { deps } = this.#work;
    const place = placeOf(this.#work);
    const known = await deps.imports.numbersOf(tx, place.applicationId, anchors);
    for (const { kind, anchor } of known) if (kind === "group") this.#tally.goneGroups.add(anchor);
    const tally = this.#tally;
    tally.lastObject += await deps.reports.stageGone(tx, place, anchors, tally.lastObject);
    await deps.reports.unstageMembers(tx, place.runId, anchors);
  }

  /** From here on what is added to these groups is all that they have. */
  async #takeWhole(tx: Tx, groups: readonly string[]): Promise<void> {
    const { deps } = this.#work;
    const { runId, applicationId } = placeOf(this.#work);
    const tally = this.#tally;
    for (const group of groups) tally.wholeGroups.add(group);
    if (tally.membersRead === 0) return;
    await deps.reports.unstageMembers(tx, runId, groups);
    const seen = await deps.reports.memberNumbers(tx, applicationId, groups);
    for (const number of seen) tally.members.delete(number);
  }

  async #takeMembers(
    tx: Tx,
    added: readonly ConnectorMember[],
    removed: readonly ConnectorMember[],
  ): Promise<void> {
    const { deps } = this.#work;
    const place = placeOf(this.#work);
    const tally = this.#tally;
    const told = [
      ...removed.map((each) => ({ ...each, isThere: false })),
      ...added.map((each) => ({ ...each, isThere: true })),
    ].filter((each) => this.#canBeKept(each));
    tally.membersRead += told.length;
    const codes = await deps.imports.compareMembers(tx, place,
      told.map(({ group }) => group), told.map(({ member }) => member));
    const rows = told.filter(({ isThere }, at) => {
      const code = codes[at] as number;
      if (code < 0) tally.isOvertaken = true;
      if (code > 0 && isThere) tally.members.add(code);
      if (code > 0 && !isThere) tally.members.delete(code);
      return code === 0 || (code > 0 && !isThere);
    }).map((each) => {
      tally.lastMember += 1;
      const { group, member } = each;
      return {
        ...each, ordinal: firstMember + tally.lastMember, memberKey: nameKey(member),
        digest: hash("sha256", `member ${group.length} ${group}${member}`, "hex"),
      };
    });
    await deps.reports.stageMembers(tx, place.runId, told, rows);
  }

  #canBeKept({ group, member }: ConnectorMember): boolean {
    if (isKeepable(member) && isKeepable(group) && !isTooLong(member)) return true;
    this.#tally.pass(group, "VALUE_INVALID", "a member's name cannot be kept");
    // All that it has are not known any more: nobody went for not being told.
    this.#tally.wholeGroups.delete(group);
    return false;
  }
}
