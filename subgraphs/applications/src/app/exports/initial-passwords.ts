import type { ConnectorWrite, WriteResult } from "@joinery/connectors";
import { OpenedSecret } from "../opened-secret.js";
import type { ExportWork } from "./export-work.js";
import type { Departing } from "./take-items.js";

const isNewPerson = (write: ConnectorWrite) =>
  write.operation === "create" && write.kind === "user";

/** New people get a password where the application's policy says so; `crypto` makes it. */
export async function withPasswords(work: ExportWork, departing: Departing): Promise<Departing> {
  const { deps, task, application } = work;
  const ids = departing.writes.filter(isNewPerson).map(({ id }) => id);
  if (application.exportPolicy.initialPasswords !== true || ids.length === 0) return departing;
  const plain = await deps.makePasswords(task.tenant, ids);
  const writes = departing.writes.map((write): ConnectorWrite => {
    const password = plain[write.id];
    if (write.operation !== "create" || password === undefined) return write;
    return { ...write, password: new OpenedSecret(password) };
  });
  return { ...departing, writes };
}

/**
 * Tells `crypto` which passwords the system took, before the items are settled: a crash between the
 * two sends the create again with the same password. Those of writes that come again stay as they
 * are.
 */
export async function settlePasswords(
  { deps, task }: ExportWork,
  { writes }: Departing,
  results: readonly WriteResult[],
): Promise<void> {
  const asked = new Set(writes.flatMap((write) =>
    write.operation === "create" && write.password !== undefined ? [write.id] : []));
  const answered = results.filter(({ id }) => asked.has(id));
  if (answered.length === 0) return;
  const set = answered.flatMap((each) => each.ok && each.password === "set" ? [each.id] : []);
  const unused = answered.flatMap((each) =>
    (each.ok ? each.password !== "set" : each.kind === "skip") ? [each.id] : []);
  await deps.settlePasswords(task.tenant, { set, unused });
}
