import { assert, json } from "@joinery/kit";
import { effectiveSchema, type Application, type ApplicationSchema } from
  "../domain/application.js";
import type { Health } from "../domain/health.js";
import type { ApplicationChange, ApplicationPort, NewApplication, Position, Tx } from
  "../app/ports.js";
import { wholeConfiguration } from "../domain/connection.js";
import { isUuid } from "./uuid.js";
import { setClause } from "./set-clause.js";

interface Row {
  id: string;
  key: string;
  name: string;
  connector: string;
  configuration: unknown;
  connection_id: string | null;
  shared_configuration: Readonly<Record<string, unknown>> | null;
  imports: boolean;
  provisions: boolean;
  authoritative_for: Application["authoritativeFor"];
  phase: Application["phase"];
  stopped: boolean;
  schema: ApplicationSchema;
  schema_override: ApplicationSchema;
  limits: Application["limits"];
  export_policy: Application["exportPolicy"];
  protected_names: string[];
  watched: boolean;
  watch_code: string | null;
  watch_reason: string | null;
  state: Application["state"];
  revision: string;
  first_import_at: Date | null;
  first_live_run_at: Date | null;
  first_export_at: Date | null;
  paused_until: Date | null;
  pause_code: string | null;
  pause_reason: string | null;
  health: KeptHealth;
  created_at: Date;
  updated_at: Date;
}

const columns = `id, key, name, connector, configuration, connection_id,
  (select c.configuration from connection c where c.id = application.connection_id)
    as shared_configuration,
  imports, provisions, authoritative_for, phase, stopped, schema,
  schema_override, limits, export_policy, protected_names, watched, watch_code, watch_reason,
  state, revision, first_import_at,
  first_live_run_at, first_export_at, paused_until, pause_code, pause_reason, health,
  created_at, updated_at`;

/** As it is kept: nothing while all is well. */
type KeptHealth = { readonly [K in keyof Health]?: Health[K] extends Date | null
  ? string | null : Health[K] };

function toHealth(kept: KeptHealth): Health {
  const toDate = (text: string | null | undefined) => (text ? new Date(text) : null);
  return {
    failures: kept.failures ?? 0,
    failingSince: toDate(kept.failingSince),
    code: kept.code ?? null,
    reason: kept.reason ?? null,
    retryAt: toDate(kept.retryAt),
    quarantinedAt: toDate(kept.quarantinedAt),
    probeAt: toDate(kept.probeAt),
    probes: kept.probes ?? 0,
    told: kept.told ?? false,
  };
}

function toApplication(row: Row): Application {
  return {
    id: row.id,
    key: row.key,
    name: row.name,
    connector: row.connector,
    configuration: row.configuration,
    connectionId: row.connection_id,
    whole: wholeConfiguration(row.shared_configuration, row.configuration),
    imports: row.imports,
    provisions: row.provisions,
    authoritativeFor: row.authoritative_for,
    phase: row.phase,
    stopped: row.stopped,
    schema: effectiveSchema(row.schema, row.schema_override),
    schemaOverride: row.schema_override,
    limits: row.limits,
    exportPolicy: row.export_policy,
    protectedNames: row.protected_names,
    watched: row.watched,
    watchCode: row.watch_code,
    watchReason: row.watch_reason,
    state: row.state,
    revision: Number(row.revision),
    firstImportAt: row.first_import_at,
    firstLiveRunAt: row.first_live_run_at,
    firstExportAt: row.first_export_at,
    pausedUntil: row.paused_until,
    pauseCode: row.pause_code,
    pauseReason: row.pause_reason,
    health: toHealth(row.health),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

async function one(tx: Tx, condition: string, value: string): Promise<Application | null> {
  if (condition.startsWith("id ") && !isUuid(value)) return null;
  const text = `select ${columns} from application where ${condition}`;
  const [row] = await tx.query<Row & Record<string, unknown>>(text, [value]);
  return row === undefined ? null : toApplication(row);
}

export const applicationStore: ApplicationPort = {
  find: (tx, id) => one(tx, "id = $1", id),
  lock: (tx, id) => one(tx, "id = $1 for update", id),
  findByKey: (tx, key) => one(tx, "key = $1 and state = 'active'", key),

  async findMany(tx, ids) {
    const rows = await tx.query<Row & Record<string, unknown>>(
      `select ${columns} from application where id = any($1)`, [ids.filter(isUuid)]);
    return rows.map(toApplication);
  },

  async listAll(tx) {
    const rows = await tx.query<Row & Record<string, unknown>>(
      `select ${columns} from application order by id`);
    return rows.map(toApplication);
  },

  async list(tx) {
    const rows = await tx.query<Row & Record<string, unknown>>(
      `select ${columns} from application where state = 'active' order by key`);
    return rows.map(toApplication);
  },

  async usersOf(tx, connectionId) {
    const rows = await tx.query<Row & Record<string, unknown>>(
      `select ${columns} from application
       where connection_id = $1 and state = 'active' order by key`, [connectionId]);
    return rows.map(toApplication);
  },

  async noteConnection(tx, connectionId) {
    await tx.execute(
      `update application set revision = revision + 1, updated_at = now()
       where connection_id = $1 and state = 'active'`, [connectionId]);
  },

  async page(tx, limit, after: Position | null) {
    const [key, id] = after ?? [null, null];
    const rows = await tx.query<Row & Record<string, unknown>>(
      `select ${columns} from application
       where state = 'active' and ($1::text is null or (key, id) > ($1::text, $2::uuid))
       order by key, id limit $3`, [key, id, limit]);
    return rows.map(toApplication);
  },

  async add(tx, application: NewApplication) {
    const added = await tx.execute(
      `insert into application (id, key, name, connector, configuration, authoritative_for, phase,
         schema, schema_override, limits, export_policy, protected_names, watched,
         connection_id, imports, provisions)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
       on conflict (key) where state = 'active' do nothing`,
      [
        application.id, application.key, application.name, application.connector,
        JSON.stringify(application.configuration), application.authoritativeFor,
        application.phase, JSON.stringify(application.discovered),
        JSON.stringify(application.schemaOverride), JSON.stringify(application.limits),
        JSON.stringify(application.exportPolicy), application.protectedNames,
        application.watched, application.connectionId, application.imports,
        application.provisions,
      ]);
    return added === 1;
  },

  async change(tx, id, change: ApplicationChange) {
    const { text, values } = setClause(2, {
      name: change.name,
      configuration: change.configuration === undefined ? undefined : json(change.configuration),
      authoritative_for: change.authoritativeFor,
      phase: change.phase,
      stopped: change.stopped,
      limits: change.limits && json(change.limits),
      export_policy: change.exportPolicy && json(change.exportPolicy),
      protected_names: change.protectedNames,
      watched: change.watched,
      connection_id: change.connectionId,
      imports: change.imports,
      provisions: change.provisions,
      schema_override: change.schemaOverride && json(change.schemaOverride),
      schema: change.discovered && json(change.discovered),
      state: change.state,
    });
    const due = change.allDue === true ? "all_due_wished = all_due_wished + 1, " : "";
    const [row] = await tx.query<Row & Record<string, unknown>>(
      `update application set ${text}${due} revision = revision + 1, updated_at = now()
       where id = $1 returning ${columns}`, [id, ...values]);
    assert(row !== undefined, "an application that changes is there");
    return toApplication(row);
  },

  async noteWatch(tx, id, problem) {
    await tx.execute(
      `update application set watch_code = $2, watch_reason = $3
       where id = $1 and (watch_code, watch_reason) is distinct from ($2, $3)`,
      [id, problem?.code ?? null, problem?.reason ?? null]);
  },

  async noteHealth(tx, id, health) {
    const kept = health.failures === 0 ? {} : health;
    await tx.execute(
      "update application set health = $2 where id = $1", [id, JSON.stringify(kept)]);
  },

  async noteFirstImport(tx, id) {
    await tx.execute(
      `update application set first_import_at = clock_timestamp(),
         all_due_wished = all_due_wished + 1
       where id = $1 and first_import_at is null`, [id]);
  },
};
