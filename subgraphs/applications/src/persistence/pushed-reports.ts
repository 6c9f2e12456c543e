import type {
  ChangedMemberRow, ChangedObject, PushedMember, PushedReports,
} from "../app/pushed-ports.js";
import { columns, toObject, type Row } from "./pushed-store.js";

/** What was pushed, as the connector reads it: pages by keyset, one statement each. */
export const pushedReports: PushedReports = {
  /** One statement, and three more where something is new. */
  async numberUntold(tx, applicationId) {
    const [state] = await tx.query<{ reports: number; untold: boolean }>(
      `select pushed_reports::int as reports, ${untold} as untold from application
       where id = $1 for no key update`, [applicationId]);
    const reports = state?.reports ?? 0;
    if (state?.untold !== true) return reports;
    await tx.execute("update application set pushed_reports = pushed_reports + 1 where id = $1",
      [applicationId]);
    for (const table of ["pushed_object", "pushed_member"]) {
      await tx.execute(
        `update ${table} set change = $2 where application_id = $1 and change is null`,
        [applicationId, reports + 1]);
    }
    return reports + 1;
  },

  async hasUntold(tx, applicationId) {
    const [row] = await tx.query<{ untold: boolean }>(
      `select ${untold} as untold`, [applicationId]);
    return row?.untold === true;
  },

  /** Two statements. */
  async forgetDeleted(tx, applicationId, before) {
    await tx.execute(
      `delete from pushed_member
       where application_id = $1 and not present and modified_at < $2 and change is not null`,
      [applicationId, before]);
    await tx.execute(
      `delete from pushed_object
       where application_id = $1 and deleted and modified_at < $2 and change is not null`,
      [applicationId, before]);
  },

  async objects(tx, applicationId, after, limit) {
    const rows = await tx.query<Row>(
      `select ${columns} from pushed_object o
       where application_id = $1 and not deleted and ($2::uuid is null or id > $2)
       order by id limit $3`, [applicationId, after, limit]);
    return rows.map(toObject);
  },

  members: (tx, applicationId, after, limit) => tx.query<Rows<PushedMember>>(
    `select group_id as group, member_id as member from pushed_member
     where application_id = $1 and present
       and ($2::uuid is null or (group_id, member_id) > ($2, $3::uuid))
     order by group_id, member_id limit $4`,
    [applicationId, after?.[0] ?? null, after?.[1] ?? null, limit]),

  async changedObjects(tx, applicationId, { since, after, until }, limit) {
    const rows = await tx.query<Row & { change: number; deleted: boolean }>(
      `select ${columns}, o.change::int as change, o.deleted from pushed_object o
       where application_id = $1 and change <= $4
         and (change > $2 or (change = $2 and id > $3::uuid))
       order by change, id limit $5`, [applicationId, since, after, until, limit]);
    return rows.map(({ change, deleted, ...row }): ChangedObject => ({
      change, deleted, object: toObject(row as Row),
    }));
  },

  changedMembers: (tx, applicationId, { since, after, member, until }, limit) =>
    tx.query<Rows<ChangedMemberRow>>(
      `select group_id as group, member_id as member, change::int as change, present
       from pushed_member
       where application_id = $1 and change <= $5
         and (change > $2 or (change = $2 and (group_id, member_id) > ($3::uuid, $4::uuid)))
       order by change, group_id, member_id limit $6`,
      [applicationId, since, after, member, until, limit]),

  async isUsed(tx, applicationId) {
    const [row] = await tx.query<{ used: boolean }>(
      "select exists (select from pushed_object where application_id = $1) as used",
      [applicationId]);
    return row?.used === true;
  },
};

type Rows<T> = T & Record<string, unknown>;

const untold = `(exists (select from pushed_object where application_id = $1 and change is null)
  or exists (select from pushed_member where application_id = $1 and change is null))`;
