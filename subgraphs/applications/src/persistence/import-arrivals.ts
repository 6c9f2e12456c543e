import type { ImportPort } from "../app/import-ports.js";

/** What an export of the same application makes while an import reads. */
export const importArrivals: Pick<ImportPort, "isExporting" | "unstageKnown"> = {
  async isExporting(tx, place) {
    const rows = await tx.query(
      `select from wave where application_id = $1 and process = 'export'
         and (state = 'released' or updated_at >= $2) limit 1`,
      [place.applicationId, place.readStartedAt]);
    return rows.length > 0;
  },

  async unstageKnown(tx, place) {
    return tx.execute(
      `delete from stage s using account a
       where s.run_id = $1 and s.operation = 'new' and a.application_id = $2 and a.kind = s.kind
         and a.anchor = s.anchor and a.id <> s.account_id and a.state <> 'gone'`,
      [place.runId, place.applicationId]);
  },
};
