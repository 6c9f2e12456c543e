import type { ExportPort } from "../app/export-ports.js";

export const exportStore: ExportPort = {
  async discardOpen(tx, applicationId, code) {
    await tx.execute(
      `update item set state = 'discarded', code = $2, finished_at = now()
       where application_id = $1 and state in ('open', 'waiting')`, [applicationId, code]);
  },

  async unpause(tx, applicationId) {
    await tx.execute(
      `update application set paused_until = null, pause_code = null, pause_reason = null,
         pauses = 0 where id = $1`, [applicationId]);
  },
};
