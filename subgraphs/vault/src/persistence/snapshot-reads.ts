import type { Buckets, RestatedIdentity } from "@joinery/events";
import { countBuckets, type TenantTransaction } from "@joinery/kit";

/**
 * Locks identities and memberships against change until the transaction ends, and answers whether
 * what they hold is what was told: not while a wave is applied batch by batch, for an identity that
 * two batches touch is written with the first. Waits two seconds at most, then throws PG_55P03.
 */
export async function lockSettled(tx: TenantTransaction): Promise<boolean> {
  await tx.execute("set local lock_timeout = '2s'");
  await tx.execute("lock table identity, membership in share mode");
  return (await tx.query("select from wave where state = 'applying' limit 1")).length === 0;
}

/** Identities after `after` by id, gone ones too, each with the accounts that are joined to it. */
export async function identitiesAfter(
  tx: TenantTransaction,
  after: string | null,
  limit: number,
): Promise<RestatedIdentity[]> {
  return tx.query<RestatedIdentity & Record<string, unknown>>(
    `select i.id, i.kind, i.label, i.attributes, i.classification, i.revision::int as revision,
       i.state, coalesce(j.accounts, '[]') as accounts
     from identity i
     left join lateral (
       select jsonb_agg(jsonb_build_object('applicationId', v.application_id,
         'accountId', v.account_id, 'joinKind', v.join_kind) order by v.account_id) as accounts
       from account_view v where v.identity_id = i.id and v.state = 'present'
     ) j on true
     where $1::uuid is null or i.id > $1
     order by i.id limit $2`,
    [after, limit],
  );
}

/** Identities and memberships as they are. */
export async function countHeld(
  tx: TenantTransaction,
): Promise<{ readonly identities: Buckets; readonly memberships: Buckets }> {
  const identities = await countBuckets(tx, "select id, revision::text from identity");
  const memberships = await countBuckets(
    tx,
    `select group_id, member_id::text || ' ' || regexp_replace(origin, '^rule:', '')
     from membership`,
  );
  return { identities, memberships };
}

/** Accounts of an application as they were told; null while some of that waits in a wave. */
export async function countAccounts(
  tx: TenantTransaction,
  applicationId: string,
): Promise<Buckets | null> {
  const open = await tx.query(
    `select from wave where application_id = $1
       and state not in ('finished', 'discarded', 'failed') limit 1`,
    [applicationId],
  );
  if (open.length > 0) return null;
  return countBuckets(
    tx,
    "select account_id, revision::text from account_view where application_id = $1",
    [applicationId],
  );
}

export interface MembershipKey {
  readonly groupId: string;
  readonly memberId: string;
}

export interface HeldMembership extends MembershipKey {
  /** What wants it, as it is told: `application:<id>`, and a rule by its id alone. */
  readonly because: string[];
}

/**
 * Wanted memberships after `after`. They have no revision: what is told of them must stand before
 * what the next change tells, so `lockSettled` comes first.
 */
export async function membershipsAfter(
  tx: TenantTransaction,
  after: MembershipKey | null,
  limit: number,
): Promise<HeldMembership[]> {
  return tx.query<HeldMembership & Record<string, unknown>>(
    `select group_id as "groupId", member_id as "memberId",
       array_agg(regexp_replace(origin, '^rule:', '') order by origin) as because
     from membership where $1::uuid is null or (group_id, member_id) > ($1::uuid, $2::uuid)
     group by group_id, member_id order by group_id, member_id limit $3`,
    [after?.groupId ?? null, after?.memberId ?? null, limit],
  );
}
