import type { AccountPort } from "../app/account-ports.js";

export const accountStore: AccountPort = {
  async population(tx, applicationId) {
    const [row] = await tx.query<{ present: number; joined: number }>(
      `select count(*)::int as present, count(identity_id)::int as joined
       from account where application_id = $1 and state = 'present'`, [applicationId]);
    return row ?? { present: 0, joined: 0 };
  },

  async revisions(tx, ids) {
    const rows = await tx.query<{ id: string; revision: string }>(
      "select id, revision from account where id = any($1)", [ids]);
    return new Map(rows.map(({ id, revision }) => [id, Number(revision)]));
  },
};
