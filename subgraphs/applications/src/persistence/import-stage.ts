import { copyRows } from "@joinery/kit";
import type { ObjectKind } from "@joinery/engine";
import type {
  AbsenceInput, GoneOfKind, ImportPort, StageCounts, StagedMember, StagedObject,
} from "../app/import-ports.js";
import type { Tx } from "../app/ports.js";

const objectColumns = [
  "run_id", "ordinal", "operation", "kind", "anchor", "account_id", "name", "name_key", "hash",
  "attributes", "enabled", "identity_id",
];

/** Before every ordinal of a row: it is there as long as nothing has emptied the stage. */
const beginning = 0;

const unseen = (alias: string, bits: string) =>
  `case when ${alias}.number < length(${bits}::bytea) * 8
     then get_bit(${bits}::bytea, ${alias}.number) = 0 else true end`;

/** Accounts that we hold as present, that the read covers and did not show. */
const absent = `from account a
  where a.application_id = $2 and a.state = 'present' and a.kind = any($3)
    and (a.written_at is null or a.written_at < $4) and ${unseen("a", "$5")}`;

const absenceOf = (input: AbsenceInput) =>
  [input.runId, input.applicationId, input.kinds, input.readStartedAt, input.seenAccounts];

export const importStage: Pick<
  ImportPort,
  | "clear" | "begin" | "isWhole" | "stageObjects" | "stageMembers" | "unstage"
  | "unstageDuplicates" | "stageAbsent" | "countAbsent" | "count" | "goneByKind" | "digests"
> = {
  async clear(tx, runId) {
    await tx.execute("delete from stage where run_id = $1", [runId]);
    await tx.execute("delete from stage_event where run_id = $1", [runId]);
  },

  async begin(tx, runId) {
    await this.clear(tx, runId);
    await tx.execute(
      `insert into stage (run_id, ordinal, operation, kind, anchor)
       values ($1, ${beginning}, 'begun', 'user', '')`, [runId]);
  },

  async isWhole(tx, runId) {
    const rows = await tx.query(
      `select from stage where run_id = $1 and ordinal = ${beginning}`, [runId]);
    return rows.length > 0;
  },

  async stageObjects(tx, runId, objects: readonly StagedObject[]) {
    await copyRows(tx, "stage", objectColumns, objects.map((each) => [
      runId, each.ordinal, each.operation, each.kind, each.anchor, each.accountId, each.name,
      each.nameKey, `\\x${each.digest}`, each.attributes, each.enabled, each.identityId,
    ]));
  },

  async stageMembers(tx, runId, members: readonly StagedMember[]) {
    await copyRows(tx, "stage",
      ["run_id", "ordinal", "operation", "kind", "anchor", "member", "name_key", "hash"],
      members.map((each) => [
        runId, each.ordinal, "memberAdded", "group", each.group, each.member, each.memberKey,
        `\\x${each.digest}`,
      ]));
  },

  async unstage(tx, runId, kind, anchors) {
    await tx.execute(
      `delete from stage where run_id = $1 and kind = $2 and anchor = any($3) and member is null`,
      [runId, kind, anchors]);
  },

  async unstageDuplicates(tx, runId) {
    const rows = await tx.query<{ kind: ObjectKind; anchor: string; n: number }>(
      `select kind, anchor, count(*)::int as n from stage
       where run_id = $1 and operation in ('new', 'changed') group by kind, anchor
       having count(*) > 1`, [runId]);
    for (const kind of ["user", "group"] as const) {
      const anchors = rows.filter((row) => row.kind === kind).map((row) => row.anchor);
      if (anchors.length > 0) await this.unstage(tx, runId, kind, anchors);
    }
    await separateClaims(tx, runId);
    return rows;
  },

  async stageAbsent(tx, input) {
    const accounts = await tx.execute(
      `insert into stage (run_id, ordinal, operation, kind, anchor, account_id, hash)
       select $1, $6 + row_number() over (order by a.number), 'gone', a.kind, a.anchor, a.id,
         sha256(convert_to('gone ' || a.kind || ' ' || a.anchor, 'UTF8')) ${absent}`,
      [...absenceOf(input), input.lastObject]);
    const members = input.kinds.includes("group")
      ? await stageAbsentMembers(tx, input) : 0;
    return { accounts, members };
  },

  async countAbsent(tx, input) {
    const [row] = await tx.query<{ n: number }>(
      `select count(*)::int as n ${absent} and $1::uuid is not null`, absenceOf(input));
    return row?.n ?? 0;
  },

  async count(tx, runId, applicationId): Promise<StageCounts> {
    const [row] = await tx.query<Record<keyof StageCounts, number>>(
      `select count(*) filter (where operation = 'new')::int as new,
         count(*) filter (where operation = 'changed')::int as changed,
         count(*) filter (where operation = 'gone')::int as gone,
         (select count(*) from stage g join account a on a.id = g.account_id
           where g.run_id = $1 and g.operation = 'gone' and a.identity_id is not null
         )::int as "goneJoined",
         count(*) filter (where operation = 'memberAdded')::int as "membersAdded",
         count(*) filter (where operation = 'memberRemoved')::int as "membersRemoved",
         (select count(*) from stage r
           join member m on m.group_account = r.account_id and m.member = r.member
           join account a on a.id = m.member_account
           where r.run_id = $1 and r.operation = 'memberRemoved' and a.identity_id is not null
         )::int as "membersRemovedJoined",
         (select count(*) from member where application_id = $2)::int as "membersHeld"
       from stage where run_id = $1`, [runId, applicationId]);
    return row ?? {
      new: 0, changed: 0, gone: 0, goneJoined: 0, membersAdded: 0, membersRemoved: 0,
      membersRemovedJoined: 0, membersHeld: 0,
    };
  },

  goneByKind: (tx, runId, applicationId) =>
    tx.query<GoneOfKind & Record<string, unknown>>(
      `select count(*)::int as gone, (select count(*) from account a
         where a.application_id = $2 and a.kind = s.kind and a.state = 'present')::int as held
       from stage s where run_id = $1 and operation = 'gone' group by s.kind order by s.kind`,
      [runId, applicationId]),

  async digests(tx, runId, after, limit) {
    const [row] = await tx.query<{ packed: Buffer | null; last: number | null }>(
      `select string_agg(hash, ''::bytea) as packed, max(ordinal) as last from (
         select hash, ordinal from stage where run_id = $1 and ordinal > $2
         order by ordinal limit $3
       ) part`, [runId, after, limit]);
    return { packed: row?.packed ?? Buffer.alloc(0), last: row?.last ?? null };
  },
};

/** Two objects that look like one planned account: neither is taken for it. */
async function separateClaims(tx: Tx, runId: string): Promise<void> {
  await tx.execute(
    `update stage s set account_id = gen_random_uuid(), identity_id = null
     where s.run_id = $1 and s.identity_id is not null and s.account_id in (
       select account_id from stage where run_id = $1 and identity_id is not null
       group by account_id having count(*) > 1)`, [runId]);
}

async function stageAbsentMembers(tx: Tx, input: AbsenceInput): Promise<number> {
  return tx.execute(
    `insert into stage (run_id, ordinal, operation, kind, anchor, member, account_id, hash)
     select $1, $5 + row_number() over (order by m.number), 'memberRemoved', 'group', g.anchor,
       m.member, g.id,
       sha256(convert_to('memberRemoved ' || g.anchor || ' ' || m.member, 'UTF8'))
     from member m join account g on g.id = m.group_account
     where m.application_id = $2 and g.anchor is not null
       and (g.written_at is null or g.written_at < $3) and ${unseen("m", "$4")}
       and not g.number = any($6)`,
    [
      input.runId, input.applicationId, input.readStartedAt, input.seenMembers,
      input.lastMember, input.unreadGroups,
    ]);
}
