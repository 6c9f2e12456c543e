import { isDeepStrictEqual } from "node:util";
import type { RestatedIdentity } from "@joinery/events";
import { jsonLines, planForBatches } from "@joinery/kit";
import type { Tx } from "../app/ports.js";
import { makingDue } from "./making-due.js";

/**
 * Takes identities that are newer than ours, with their joins, and makes those due of which
 * outbound would see a difference; `anew`: joins of those that are not newer are taken as well, for
 * ours may be lost. Eight statements a batch. Answers how many were taken.
 */
export async function takeIdentities(
  tx: Tx,
  identities: readonly RestatedIdentity[],
  anew = false,
): Promise<number> {
  await planForBatches(tx);
  const known = await knownOf(tx, identities);
  const newer = identities.filter(({ id, revision }) => {
    const ours = known.get(id)?.revision ?? -1;
    return revision > ours || (anew && revision === ours);
  });
  if (newer.length > 0) {
    await keep(tx, newer);
    const joins = newer.flatMap(({ id, revision, accounts }) =>
      accounts.map((each) => ({ id, revision, ...each })));
    const moved = [...await join(tx, joins), ...await part(tx, newer, joins)];
    const different = newer.flatMap((each) => {
      const was = known.get(each.id);
      return differs(each, was) ? [{ id: each.id, whole: was?.state !== each.state }] : [];
    });
    await makeDue(tx, different, moved);
  }
  await wakeJoined(tx, identities.map(({ id }) => id));
  return newer.length;
}

type Known = Pick<
  RestatedIdentity, "kind" | "attributes" | "classification" | "revision" | "state"
>;
type Join = RestatedIdentity["accounts"][number] & Pick<RestatedIdentity, "id" | "revision">;

async function knownOf(
  tx: Tx,
  identities: readonly RestatedIdentity[],
): Promise<ReadonlyMap<string, Known>> {
  const rows = await tx.query<Known & { id: string }>(
    `select id, kind, attributes, classification::int as classification,
       revision::float8 as revision, state
     from identity_view where id = any($1::uuid[])`, [identities.map(({ id }) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

function differs(now: RestatedIdentity, was: Known | undefined): boolean {
  return was === undefined || was.state !== now.state || was.kind !== now.kind
    || was.classification !== now.classification
    || !isDeepStrictEqual(was.attributes, now.attributes);
}

async function keep(tx: Tx, identities: readonly RestatedIdentity[]): Promise<void> {
  const sorted = identities.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  await tx.execute(
    `insert into identity_view as v (attributes, id, kind, classification, revision, state)
     select i.attributes::json, i.id, i.kind, i.classification, i.revision, i.state
     from rows from (
       string_to_table($1, chr(10)),
       unnest($2::uuid[], $3::text[], $4::smallint[], $5::bigint[], $6::text[])
     ) as i(attributes, id, kind, classification, revision, state)
     on conflict (id) do update set kind = excluded.kind, attributes = excluded.attributes,
       classification = excluded.classification, revision = excluded.revision,
       state = excluded.state
     where v.revision < excluded.revision`,
    [
      jsonLines(sorted.map(({ attributes }) => attributes)), sorted.map(({ id }) => id),
      sorted.map(({ kind }) => kind), sorted.map(({ classification }) => classification),
      sorted.map(({ revision }) => revision), sorted.map(({ state }) => state),
    ]);
}

/** An account that belongs to another identity than before, or to none. */
interface Moved {
  readonly account: string;
  readonly before: string | null;
  readonly now: string | null;
}

/**
 * A join that we gave ourselves (`join_revision` 0) is only confirmed: nothing became different by
 * it. Answers which did.
 */
async function join(tx: Tx, joins: readonly Join[]): Promise<Moved[]> {
  const rows = await tx.query<{ now: string; before: string | null; account: string }>(
    `update account a set identity_id = l.id, join_kind = l.kind, join_revision = l.revision
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) as l(id, account, kind, revision)
     left join account was on was.id = l.account
     where a.id = l.account and (a.identity_id is distinct from l.id or a.join_kind <> l.kind
       or a.join_revision = 0)
     returning l.id as now, was.identity_id as before, a.id as account`,
    [
      joins.map(({ id }) => id), joins.map(({ accountId }) => accountId),
      joins.map(({ joinKind }) => joinKind), joins.map(({ revision }) => revision),
    ]);
  return rows.filter(({ now, before }) => now !== before);
}

/**
 * A join that the vault does not list any more ends; a given one that it does not list yet stays.
 * The vault lists present accounts only: one that is gone, or is to be made again, keeps its
 * identity until another account of the application takes its place. Answers which joins ended.
 */
async function part(
  tx: Tx,
  identities: readonly RestatedIdentity[],
  joins: readonly Join[],
): Promise<Moved[]> {
  const rows = await tx.query<{ before: string; account: string }>(
    `update account a set identity_id = null, join_revision = 0
     from unnest($1::uuid[]) as n(id)
     where a.identity_id = n.id and a.state <> 'planned' and a.id <> all($2::uuid[])
       and (a.state = 'present' and a.join_revision > 0
         or (n.id, a.application_id, a.join_kind) in (
           select * from unnest($3::uuid[], $4::uuid[], $5::text[])))
     returning n.id as before, a.id as account`,
    [
      identities.map(({ id }) => id), joins.map(({ accountId }) => accountId),
      joins.map(({ id }) => id), joins.map(({ applicationId }) => applicationId),
      joins.map(({ joinKind }) => joinKind),
    ]);
  return rows.map((row) => ({ ...row, now: null }));
}

/**
 * Those who differ, and whose accounts moved, with the groups that these are in or shall be in.
 * A group whose own account moved is looked at with all its members.
 */
async function makeDue(
  tx: Tx,
  different: readonly { readonly id: string; readonly whole: boolean }[],
  moved: readonly Moved[],
): Promise<void> {
  const owners = moved.flatMap(({ before, now }) => [before, now].filter((id) => id !== null));
  const lost = moved.flatMap(({ before, account }) => (before === null ? [] : [account]));
  await tx.execute(
    `with ${makingDue({
      self: `select * from unnest($1::uuid[], $2::boolean[])`,
      pair: `select m.group_id, m.member_id from unnest($3::uuid[]) as owner(id)
          join membership_view m on m.member_id = owner.id
        union all
        select g.identity_id, coalesce(a.identity_id, a.id) from unnest($4::uuid[]) as lost(id)
          join account a on a.id = lost.id
          join member m on m.member_account = lost.id
          join account g on g.id = m.group_account where g.identity_id is not null`,
    })} select`,
    [
      [...different.map(({ id }) => id), ...owners],
      [...different.map(({ whole }) => whole), ...owners.map(() => true)],
      owners, lost,
    ]);
}

/** Who waited for one of these to have an account is looked at again. */
async function wakeJoined(tx: Tx, identities: readonly string[]): Promise<void> {
  await tx.execute(
    "update due set waits = null, wave_id = null where waits && $1::uuid[]", [identities]);
  await tx.execute(
    `with ${makingDue({
      pair: `select group_id, member_id from due_member
        where waits and member_id = any($1::uuid[])`,
    })} select`, [identities]);
}
