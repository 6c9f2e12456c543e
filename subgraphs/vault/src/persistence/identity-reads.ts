import type { TenantTransaction } from "@joinery/kit";
import type { IdentityFilter, IdentityView, JoinView } from "../domain/views.js";

const columns = `id, kind, label, attributes, origins, classification, revision::int as revision,
  state, updated_at as "updatedAt"`;

/** A page in label order, by keyset; one row more than `first` tells that another follows. */
export async function pageIdentities(
  tx: TenantTransaction,
  filter: IdentityFilter,
  first: number,
  after: readonly [label: string, id: string] | null,
): Promise<IdentityView[]> {
  const values: unknown[] = [first + 1, filter.kind ?? "user"];
  let where = "kind = $2";
  if (filter.search) where += ` and lower(label) like $${values.push(prefixOf(filter.search))}`;
  if (filter.classification !== undefined) {
    where += ` and classification = $${values.push(filter.classification)}`;
  }
  if (after) {
    const at = values.push(...after);
    // The index compares by code point, and so must the page.
    where += ` and (lower(label) collate "C", id) > ($${at - 1} collate "C", $${at}::uuid)`;
  }
  return tx.query<IdentityView>(
    `select ${columns} from identity where ${where}
     order by lower(label) collate "C", id limit $1`,
    values,
  );
}

export async function countIdentities(tx: TenantTransaction): Promise<Record<string, number>> {
  const rows = await tx.query<{ kind: string; n: number }>(
    "select kind, count(*)::int as n from identity where state = 'active' group by kind",
  );
  return Object.fromEntries(rows.map((row) => [row.kind, row.n]));
}

export async function findIdentities(
  tx: TenantTransaction,
  ids: readonly string[],
): Promise<IdentityView[]> {
  return tx.query<IdentityView>(
    `select ${columns} from identity where id = any($1::uuid[])`,
    [ids],
  );
}

const joinColumns = `account_id as "accountId", application_id as "applicationId",
  identity_id as "identityId", anchor, name, state, situation, join_kind as "joinKind",
  join_rule as "joinRule", candidates, failure`;

/** Accounts of some identities, those that are gone too. */
export async function joinsOf(
  tx: TenantTransaction,
  identityIds: readonly string[],
): Promise<JoinView[]> {
  return tx.query<JoinView>(
    `select ${joinColumns} from account_view where identity_id = any($1::uuid[])
     order by application_id, anchor`,
    [identityIds],
  );
}

/** Accounts of an application that wait for somebody: unmatched, disputed or failed. */
export async function pageWaitingAccounts(
  tx: TenantTransaction,
  applicationId: string,
  situation: string,
  first: number,
  after: string | null,
): Promise<JoinView[]> {
  return tx.query<JoinView>(
    `select ${joinColumns} from account_view
     where application_id = $1 and situation = $2 and state = 'present'
       and ($4::uuid is null or account_id > $4)
     order by account_id limit $3`,
    [applicationId, situation, first + 1, after],
  );
}

/** Groups of members, or members of groups, by identity. */
export async function pageMemberships(
  tx: TenantTransaction,
  side: "group" | "member",
  id: string,
  first: number,
  after: string | null,
): Promise<{ id: string; label: string; origins: string[] }[]> {
  const [own, other] = side === "group" ? ["group_id", "member_id"] : ["member_id", "group_id"];
  return tx.query(
    `select i.id, i.label, array_agg(m.origin order by m.origin) as origins
     from membership m join identity i on i.id = m.${other}
     where m.${own} = $1 and ($3::uuid is null or i.id > $3)
     group by i.id order by i.id limit $2`,
    [id, first + 1, after],
  );
}

/** `like` pattern of a beginning, in which the caller's own wildcards mean themselves. */
function prefixOf(search: string): string {
  return `${search.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;
}
