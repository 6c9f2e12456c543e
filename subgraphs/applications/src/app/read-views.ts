import { fromCursor, JoineryError, pageSize, permit, type TenantId } from "@joinery/kit";
import type { Application } from "../domain/application.js";
import type { Connection } from "../domain/connection.js";
import type { FutureTask } from "../domain/future-task.js";
import type { Run } from "../domain/run.js";
import type { Schedule } from "../domain/schedule.js";
import type {
  AccountFilter,
  AccountView,
  ItemFilter,
  ItemView,
  WaveView,
} from "../domain/views.js";
import {
  accountsOfIdentities, countOf, findAccounts, pageAccounts, pageItems, wavesOf,
} from "../persistence/view-store.js";
import { isUuid } from "../persistence/uuid.js";
import type { FutureFilter } from "./future-ports.js";
import type { Caller, Deps, Position, Tx } from "./ports.js";

/**
 * What every reading use-case answers when a page is asked for: one row more when others follow.
 */
export interface PageOf {
  readonly first: number;
  readonly after: string | null;
}

function reading<T>(
  deps: Deps,
  { actor }: Caller,
  permission: "application:read" | "account:read" | "connection:read" | "run:read",
  work: (tx: Tx, tenant: TenantId) => Promise<T>,
): Promise<T> {
  const { tenant } = permit(actor, permission);
  return deps.within(tenant, (tx) => work(tx, tenant));
}

function positionOf(after: string | null): Position | null {
  return after === null ? null : (fromCursor(after, 2) as unknown as Position);
}

function idOf(after: string | null): string | null {
  return after === null ? null : String(fromCursor(after, 1)[0]);
}

/** Throws ID_INVALID, so that a mistyped id is no failure of the database. */
function requireUuid(id: string): void {
  if (!isUuid(id)) throw new JoineryError("ID_INVALID", "an id is a UUID");
}

export function listApplications(
  deps: Deps,
  by: Caller,
  page: PageOf,
): Promise<readonly Application[]> {
  return reading(deps, by, "application:read", (tx) =>
    deps.applications.page(tx, pageSize(page.first) + 1, positionOf(page.after)),
  );
}

export function listFutureTasks(
  deps: Deps,
  by: Caller,
  filter: FutureFilter,
  page: PageOf,
): Promise<readonly FutureTask[]> {
  if (filter.applicationId !== undefined) requireUuid(filter.applicationId);
  return reading(deps, by, "account:read", (tx) =>
    deps.future.page(tx, filter, pageSize(page.first) + 1, positionOf(page.after)));
}

/** Of each application, in the order asked for. */
export async function listSchedules(
  deps: Deps,
  by: Caller,
  applicationIds: readonly string[],
): Promise<readonly (readonly Schedule[])[]> {
  const all = await reading(deps, by, "application:read", (tx) =>
    deps.schedules.ofApplications(tx, applicationIds));
  const byApplication = Map.groupBy(all, ({ applicationId }) => applicationId);
  return applicationIds.map((id) => byApplication.get(id) ?? []);
}

/** By id, or by key when it is no id. */
export function findApplication(
  deps: Deps,
  by: Caller,
  idOrKey: string,
): Promise<Application | null> {
  return reading(deps, by, "application:read", (tx) =>
    isUuid(idOrKey)
      ? deps.applications.find(tx, idOrKey)
      : deps.applications.findByKey(tx, idOrKey),
  );
}

/** In the order asked for; null where there is none. */
export async function loadApplications(
  deps: Deps,
  by: Caller,
  ids: readonly string[],
): Promise<(Application | null)[]> {
  const rows = await reading(deps, by, "application:read", (tx) =>
    deps.applications.findMany(tx, ids.filter(isUuid)));
  return inOrder(ids, rows);
}

/** By key. */
export function listConnections(
  deps: Deps,
  by: Caller,
  page: PageOf,
): Promise<readonly Connection[]> {
  return reading(deps, by, "connection:read", (tx) =>
    deps.connections.page(tx, pageSize(page.first) + 1, positionOf(page.after)));
}

/** By id, or by key when it is no id. */
export function findConnection(
  deps: Deps,
  by: Caller,
  idOrKey: string,
): Promise<Connection | null> {
  return reading(deps, by, "connection:read", (tx) => deps.connections.find(tx, idOrKey));
}

/** In the order asked for; null where there is none. */
export async function loadConnections(
  deps: Deps,
  by: Caller,
  ids: readonly string[],
): Promise<(Connection | null)[]> {
  return inOrder(ids, await reading(deps, by, "connection:read", (tx) =>
    deps.connections.findMany(tx, ids)));
}

/** The applications that use a connection, by key. */
export function listUsers(
  deps: Deps,
  by: Caller,
  connectionId: string,
): Promise<readonly Application[]> {
  return reading(deps, by, "application:read", (tx) =>
    deps.applications.usersOf(tx, connectionId));
}

export async function loadRuns(
  deps: Deps,
  by: Caller,
  ids: readonly string[],
): Promise<(Run | null)[]> {
  const rows = await reading(deps, by, "run:read", (tx) => deps.runs.findMany(tx, ids));
  return inOrder(ids, rows);
}

/** Newest first, of one application or of all. */
export function listRuns(
  deps: Deps,
  by: Caller,
  applicationId: string | null,
  page: PageOf,
): Promise<readonly Run[]> {
  if (applicationId !== null) requireUuid(applicationId);
  return reading(deps, by, "run:read", async (tx) => {
    const ids = applicationId === null
      ? (await deps.applications.list(tx)).map(({ id }) => id)
      : [applicationId];
    return deps.runs.page(tx, ids, pageSize(page.first) + 1, positionOf(page.after));
  });
}

export async function loadWaves(
  deps: Deps,
  by: Caller,
  runIds: readonly string[],
): Promise<WaveView[][]> {
  const rows = await reading(deps, by, "run:read", (tx) => wavesOf(tx, runIds));
  const byRun = Map.groupBy(rows, ({ runId }) => runId);
  return runIds.map((id) => byRun.get(id) ?? []);
}

export function listItems(
  deps: Deps,
  by: Caller,
  filter: ItemFilter,
  page: PageOf,
): Promise<ItemView[]> {
  if (filter.applicationId !== undefined) requireUuid(filter.applicationId);
  return reading(deps, by, "run:read", (tx) =>
    pageItems(tx, filter, pageSize(page.first), idOf(page.after)));
}

export function listAccounts(
  deps: Deps,
  by: Caller,
  filter: AccountFilter,
  page: PageOf,
): Promise<AccountView[]> {
  return reading(deps, by, "account:read", (tx) =>
    pageAccounts(tx, filter, pageSize(page.first), idOf(page.after)));
}

export async function loadAccounts(
  deps: Deps,
  by: Caller,
  ids: readonly string[],
): Promise<(AccountView | null)[]> {
  const rows = await reading(deps, by, "account:read", (tx) => findAccounts(tx, ids));
  return inOrder(ids, rows);
}

export async function loadAccountsOfIdentities(
  deps: Deps,
  by: Caller,
  identityIds: readonly string[],
): Promise<AccountView[][]> {
  const rows = await reading(deps, by, "account:read", (tx) =>
    accountsOfIdentities(tx, identityIds),
  );
  const byIdentity = Map.groupBy(rows, ({ identityId }) => identityId);
  return identityIds.map((id) => byIdentity.get(id) ?? []);
}

export function countAccountsAndItems(deps: Deps, by: Caller, applicationId: string) {
  return reading(deps, by, "account:read", (tx) => countOf(tx, applicationId));
}

function inOrder<T extends { readonly id: string }>(
  ids: readonly string[],
  rows: readonly T[],
): (T | null)[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
