import type { TestedDialect } from "./databases.fixture.js";

/** What keeps `changed` and the tables of changes true, as an administrator would. */
export function changeTriggers(dialect: TestedDialect): readonly string[] {
  return dialect === "postgresql" ? postgresqlTriggers : mysqlTriggers;
}

const postgresqlTriggers: readonly string[] = [
  `create table people_log (number bigint generated always as identity primary key,
    person bigint, what varchar(10))`,
  `create table teams_log (number bigint generated always as identity primary key,
    team bigint, what varchar(10))`,
  `create function touch() returns trigger language plpgsql as $$
    begin new.changed = clock_timestamp(); return new; end $$`,
  `create function touch_team() returns trigger language plpgsql as $$
    begin update teams set changed = clock_timestamp() where id = coalesce(new.team, old.team);
    return null; end $$`,
  `create function log_person() returns trigger language plpgsql as $$
    begin insert into people_log (person, what) values (coalesce(new.id, old.id), lower(tg_op));
    return null; end $$`,
  `create function log_team() returns trigger language plpgsql as $$
    begin insert into teams_log (team, what) values (coalesce(new.id, old.id), lower(tg_op));
    return null; end $$`,
  "create trigger touch before update on people for each row execute function touch()",
  "create trigger touch before update on teams for each row execute function touch()",
  `create trigger touch after insert or delete on members for each row
    execute function touch_team()`,
  `create trigger log after insert or update or delete on people for each row
    execute function log_person()`,
  `create trigger log after insert or update or delete on teams for each row
    execute function log_team()`,
];

const mysqlTriggers: readonly string[] = [
  `create table people_log (number bigint auto_increment primary key,
    person bigint, what varchar(10))`,
  `create table teams_log (number bigint auto_increment primary key,
    team bigint, what varchar(10))`,
  ...([["people", "person"], ["teams", "team"]] as const).flatMap(([table, column]) =>
    (["insert", "update", "delete"] as const).map((event) =>
      `create trigger ${table}_${event} after ${event} on ${table} for each row
        insert into ${table}_log (${column}, what)
        values (${event === "delete" ? "old" : "new"}.id, '${event}')`)),
  ...(["insert", "delete"] as const).map((event) =>
    `create trigger members_${event} after ${event} on members for each row
      update teams set changed = current_timestamp(6)
      where id = ${event === "delete" ? "old" : "new"}.team`),
];

export const byWatermark = { watermark: { column: "changed" } };

export function byLog(kind: "people" | "teams"): Readonly<Record<string, unknown>> {
  return { log: {
    table: `${kind}_log`, sequence: "number", anchor: kind === "people" ? "person" : "team",
    operation: "what",
  } };
}
