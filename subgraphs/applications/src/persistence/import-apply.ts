import { JoineryError } from "@joinery/kit";
import type { AppliedRange, ImportPort, KnownAccount, StagedRow } from "../app/import-ports.js";
import type { Tx } from "../app/ports.js";
import { makeMembersDue, makingDue, type HeldMember } from "./making-due.js";

interface Row {
  [column: string]: unknown;
  ordinal: number;
  operation: StagedRow["operation"];
  kind: StagedRow["kind"];
  anchor: string;
  member: string | null;
  account_id: string | null;
  name: string | null;
  attributes: string | null;
  enabled: boolean | null;
  identity_id: string | null;
  member_account: string | null;
  revision: string | null;
  state: KnownAccount["state"];
  old_name: string;
  old_attributes: KnownAccount["attributes"];
  old_enabled: boolean | null;
  owner: string | null;
  is_newer: boolean;
}

/**
 * The account of an application that a member or reference names: by name, else by anchor. Of two
 * that share a name key the older one.
 */
export function memberOf(application: string, key: string, raw: string): string {
  const some = (kind: string, condition: string) =>
    `select f.id, f.number from account f where f.application_id = ${application}
       and f.kind = '${kind}' and f.state <> 'gone' and ${condition}`;
  const one = (...all: string[]) =>
    `(select f.id from (${all.join(" union all ")}) f order by f.number limit 1)`;
  const byName = (kind: string) => one(
    some(kind, `hashtextextended(f.name_key, 0) = hashtextextended(${key}, 0)
       and f.name_key = ${key} and f.name_key is distinct from f.anchor`),
    some(kind, `f.anchor = ${key} and f.name_key = ${key}`));
  const byAnchor = (kind: string) => one(some(kind, `f.anchor = ${raw}`));
  return `coalesce(${byName("user")}, ${byName("group")}, ${byAnchor("user")},
    ${byAnchor("group")})`;
}

const next = `
  select s.ordinal, s.operation, s.kind, s.anchor, s.member, s.name,
    s.attributes::text as attributes, s.enabled, s.identity_id,
    case when s.operation = 'memberAdded' then (select g.id from account g
      where g.application_id = $4 and g.kind = 'group' and g.anchor = s.anchor)
      else s.account_id end as account_id,
    case when s.operation = 'memberAdded' then ${memberOf("$4", "s.name_key", "s.member")} end
      as member_account,
    a.revision, a.state, a.name as old_name,
    case when s.operation = 'changed' then a.attributes end as old_attributes,
    a.enabled as old_enabled, a.identity_id as owner,
    coalesce(a.written_at >= $5, false) as is_newer
  from (
    select * from stage where run_id = $1 and ordinal > $2 and ordinal <= $6
      and operation <> 'skipped' order by ordinal limit $3
  ) s
  left join account a on a.id = s.account_id and s.member is null
  order by s.ordinal`;

export const importApply: Pick<
  ImportPort, "next" | "apply" | "resolveDangling" | "makeDue" | "skip" | "skipSuperseded"
> = {
  async next(tx, place, after, upTo, limit) {
    const rows = await tx.query<Row>(next,
      [place.runId, after, limit, place.applicationId, place.readStartedAt, upTo]);
    return rows.map(toStagedRow);
  },

  async skipSuperseded(tx, place, from, to) {
    await tx.execute(
      `update stage s set operation = 'skipped' from account a
       where s.run_id = $1 and s.ordinal between $3 and $4 and s.operation in ('new', 'changed')
         and a.application_id = $2 and a.kind = s.kind and a.anchor = s.anchor
         and a.id <> s.account_id`, [place.runId, place.applicationId, from, to]);
  },

  async skip(tx, runId, ordinal) {
    await tx.execute("update stage set operation = 'skipped' where run_id = $1 and ordinal = $2",
      [runId, ordinal]);
  },

  async apply(tx, range) {
    const { has } = range;
    await movedUnlessWritten(range.expected.length, async () => {
      const kept = await (has.onlyUnknown ? insertAccounts : upsertAccounts)(tx, range);
      return kept + (has.gone ? await tombstone(tx, range) : 0);
    });
    if (has.members) await applyMembers(tx, range);
  },

  async resolveDangling(tx, applicationId, limit) {
    const resolved = await tx.query<{ group: string; member: string; account: string }>(
      `with found as (
         select m.group_account, m.member,
           ${memberOf("$1", "m.member_key", "m.member")} as id
         from member m where m.application_id = $1 and m.member_account is null
       ), part as (select * from found where id is not null limit $2)
       update member m set member_account = part.id from part
       where m.group_account = part.group_account and m.member = part.member
       returning m.group_account as "group", m.member, m.member_account as account`,
      [applicationId, limit]);
    await makeMembersDue(tx, resolved);
    return resolved;
  },

  // A group that was there as well as now may differ in attributes alone (join_revision is 0 where
  // it was not there). Whoever is gone is no member any more, whatever the system says.
  async makeDue(tx, range) {
    await tx.execute(
      `with changed as materialized (
         select s.operation, a.id, a.kind, a.identity_id, a.join_revision
         from stage s join account a on a.id = s.account_id
         where s.run_id = $1 and s.ordinal between $2 and $3 and s.member is null
           and a.identity_id is not null
           and (s.operation <> 'new' or s.identity_id is not null)
       ), ${makingDue({
         self: `select identity_id, kind = 'group' and (operation <> 'changed' or join_revision = 0)
           from changed`,
         pair: `select g.identity_id, c.identity_id from changed c
           join member m on m.member_account = c.id
           join account g on g.id = m.group_account
           where c.operation = 'gone' and g.identity_id is not null`,
       })} select`,
      [range.runId, range.from, range.to]);
  },
};

function toStagedRow(row: Row): StagedRow {
  return {
    ordinal: row.ordinal,
    operation: row.operation,
    kind: row.kind,
    anchor: row.anchor,
    member: row.member,
    accountId: row.account_id,
    name: row.name,
    attributes: row.attributes,
    enabled: row.enabled,
    identityId: row.identity_id,
    memberAccount: row.member_account,
    known: row.revision === null ? null : {
      revision: Number(row.revision),
      state: row.state,
      name: row.old_name,
      attributes: row.old_attributes,
      enabled: row.old_enabled,
      identityId: row.owner,
      isNewer: row.is_newer,
    },
  };
}

/** Bases that must still hold, as two lists. */
function bases(range: AppliedRange): readonly [string[], number[]] {
  const { expected } = range;
  return [expected.map(({ id }) => id), expected.map(({ revision }) => revision)];
}

/** Throws IMPORT_MOVED where `write` writes another number of accounts, or one is there already. */
export async function movedUnlessWritten(
  expected: number,
  write: () => Promise<number>,
): Promise<void> {
  try {
    if ((await write()) !== expected) throw moved();
  } catch (error) {
    throw isTaken(error) ? moved(error) : error;
  }
}

/** The usual first import: nothing to compare with, so nothing is compared. */
export async function insertAccounts(
  tx: Tx,
  range: Pick<AppliedRange, "runId" | "from" | "to" | "applicationId">,
): Promise<number> {
  return tx.execute(
    `insert into account (id, application_id, kind, anchor, name, name_key, attributes, enabled,
       hash, revision, state)
     select account_id, $4, kind, anchor, name, name_key, attributes, enabled,
       substr(hash, 1, 16), 1, 'present'
     from stage where run_id = $1 and ordinal between $2 and $3 and operation = 'new'
     order by ordinal`,
    [range.runId, range.from, range.to, range.applicationId]);
}

async function upsertAccounts(tx: Tx, range: AppliedRange): Promise<number> {
  const [ids, revisions] = bases(range);
  return tx.execute(
    `insert into account as a (id, application_id, kind, anchor, name, name_key, attributes,
     enabled,
       hash, revision, state, identity_id)
     select s.account_id, $4, s.kind, s.anchor, s.name, s.name_key, s.attributes, s.enabled,
       substr(s.hash, 1, 16), base.revision + 1, 'present', s.identity_id
     from stage s
     join unnest($5::uuid[], $6::bigint[]) as base(id, revision) on base.id = s.account_id
     where s.run_id = $1 and s.ordinal between $2 and $3 and s.operation in ('new', 'changed')
     order by s.account_id
     on conflict (id) do update set
       anchor = excluded.anchor, name = excluded.name, name_key = excluded.name_key,
       attributes = excluded.attributes, enabled = excluded.enabled, hash = excluded.hash,
       revision = excluded.revision, state = 'present', updated_at = now(),
       -- The vault does not list it yet: what it says until then is no end of its join.
       join_revision = case when a.state = 'present' then a.join_revision else 0 end
     where a.revision = excluded.revision - 1`,
    [range.runId, range.from, range.to, range.applicationId, ids, revisions]);
}

/** What is gone keeps its row; its hash is forgotten, so that its return is a change. */
async function tombstone(tx: Tx, range: AppliedRange): Promise<number> {
  const [ids, revisions] = bases(range);
  return tx.execute(
    `update account a set state = 'gone', hash = null, revision = a.revision + 1, updated_at = now()
     from stage s
     join unnest($4::uuid[], $5::bigint[]) as base(id, revision) on base.id = s.account_id
     where s.run_id = $1 and s.ordinal between $2 and $3 and s.operation = 'gone'
       and a.id = s.account_id and a.revision = base.revision`,
    [range.runId, range.from, range.to, ids, revisions]);
}

/** Their groups become due for them, where the vault knows these. */
async function applyMembers(tx: Tx, range: AppliedRange): Promise<void> {
  const values = [range.runId, range.from, range.to, range.applicationId];
  const owned = `select c.group_account as "group", c.member_account as account from changed c
    join account g on g.id = c.group_account and g.identity_id is not null
    where c.member_account is not null`;
  const went = await tx.query<HeldMember & Record<string, unknown>>(
    `with changed as (
       delete from member m using stage s
       where s.run_id = $1 and s.ordinal between $2 and $3
         and s.operation in ('memberRemoved', 'memberReplaced') and m.application_id = $4
         and m.group_account = s.account_id and m.member = s.member
       returning m.group_account, m.member_account
     ) ${owned}`,
    values);
  const came = await tx.query<HeldMember & Record<string, unknown>>(
    `with changed as (
       insert into member (group_account, member, application_id, member_key, member_account)
       select g.id, s.member, $4, s.name_key, ${memberOf("$4", "s.name_key", "s.member")}
       from stage s
       join account g on g.application_id = $4 and g.kind = 'group' and g.anchor = s.anchor
       where s.run_id = $1 and s.ordinal between $2 and $3 and s.operation = 'memberAdded'
       on conflict (group_account, member) do nothing
       returning group_account, member_account
     ) ${owned}`, values);
  await makeMembersDue(tx, [...went, ...came]);
}

function moved(cause?: unknown): JoineryError {
  const message = "an account changed while its import was applied";
  return new JoineryError("IMPORT_MOVED", message, {}, { cause });
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "constraint" in error
    && (error.constraint === "account__anchor" || error.constraint === "account_pkey");
}
