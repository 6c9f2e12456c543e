import { isIP } from "node:net";
import * as z from "zod";
import { changeSettings, memberChangeSettings } from "./change-settings.js";
import { isLoopback, secretName, trustProblems, trustSettings } from "../trust-settings.js";
import {
  columnName, objectProblems, objectShape, relationProblems, relationShape,
} from "./relation-settings.js";
import { queryProblem, templateProblem } from "./templates.js";

export const sqlDialects = ["postgresql", "mysql", "sqlserver"] as const;
export type SqlDialectName = (typeof sqlDialects)[number];

const template = z.string().min(1, "is not empty").max(65_536);

/** Statements of the administrator's own, with values as `:name`. */
const templates = {
  create: template.optional(), update: template.optional(), delete: template.optional(),
};

const users = z.strictObject({
  ...objectShape,
  statements: z.strictObject(templates).prefault({}),
  changes: changeSettings.optional(),
});

const members = z.strictObject({
  ...relationShape,
  group: columnName,
  member: columnName,
  /** What of a person stands in the member's column. */
  memberIs: z.enum(["anchor", "name"]).default("anchor"),
  statements: z.strictObject({ add: template.optional(), remove: template.optional() })
    .prefault({}),
  /** Where a change of members does not change the group: a log whose `anchor` is the group's. */
  changes: memberChangeSettings.optional(),
});

const groups = z.strictObject({
  ...objectShape,
  members: members.optional(),
  statements: z.strictObject(templates).prefault({}),
  changes: changeSettings.optional(),
});

const timeouts = z.strictObject({
  connectMs: z.int().min(10).max(300_000).default(10_000),
  answerMs: z.int().min(10).max(3_600_000).default(60_000),
});

const limits = z.strictObject({
  rowsMax: z.int().min(1).max(1_000_000_000).default(50_000_000),
});

/** Settings of an SQL connector: how to reach the database, who we are, where everybody is. */
export const sqlConfigurationSchema = z
  .strictObject({
    dialect: z.enum(sqlDialects),
    host: z.string().min(1, "is not empty").max(253)
      .regex(/^[A-Za-z0-9._:-]+$/, "is a name or an address"),
    port: z.int().min(1).max(65_535).optional(),
    database: z.string().min(1, "is not empty").max(256),
    user: z.string().min(1, "is not empty").max(256),
    passwordSecret: secretName,
    ...trustSettings,
    allowPlain: z.boolean().default(false),
    timeouts: timeouts.prefault({}),
    users: users.optional(),
    groups: groups.optional(),
    /** PostgreSQL: whether rows that a policy hides from us are an error or are just not there. */
    rowSecurity: z.enum(["refuse", "apply"]).default("refuse"),
    mayBeEmpty: z.boolean().default(false),
    pageSize: z.int().min(1).max(100_000).default(1_000),
    /** Most connections that write at once. */
    connectionsMax: z.int().min(1).max(32).default(4),
    limits: limits.prefault({}),
  })
  .superRefine((settings, context) => {
    for (const [setting, message] of problemsOf(settings)) {
      context.addIssue({ code: "custom", path: setting.split("."), message });
    }
  });

export type SqlConfiguration = z.infer<typeof sqlConfigurationSchema>;
export type SqlUsers = z.infer<typeof users>;
export type SqlGroups = z.infer<typeof groups>;
export type SqlMembers = z.infer<typeof members>;

function* problemsOf(settings: SqlConfiguration): Generator<readonly [string, string]> {
  const { dialect, users: people, groups: teams } = settings;
  if (people === undefined && teams === undefined) yield ["users", "or groups is required"];
  yield* accessProblems(settings);
  for (const [prefix, kind] of [["users.", people], ["groups.", teams]] as const) {
    if (kind === undefined) continue;
    yield* objectProblems(kind, prefix);
    yield* queriesIn(kind, prefix, dialect);
    yield* templatesIn(kind, prefix, dialect);
  }
  if (teams?.members !== undefined) {
    yield* relationProblems(teams.members, "groups.members.");
    yield* queriesIn(teams.members, "groups.members.", dialect);
    yield* templatesIn(teams.members, "groups.members.", dialect);
  }
  yield* changeProblems(settings);
}

function* accessProblems(settings: SqlConfiguration): Generator<readonly [string, string]> {
  const { allowPlain, host, serverName, dialect } = settings;
  yield* trustProblems(settings);
  if (allowPlain && !isLoopback(host)) {
    yield ["allowPlain", "is for this machine (loopback) only"];
  }
  if (!allowPlain && dialect === "mysql" && isIP(host) !== 0 && serverName === undefined) {
    yield ["serverName", "is required where the host is an address: the certificate bears a name"];
  }
}

function* queriesIn(
  { query }: { readonly query?: string | undefined }, prefix: string, dialect: SqlDialectName,
): Generator<readonly [string, string]> {
  const problem = query === undefined ? undefined : queryProblem(dialect, query);
  if (problem !== undefined) yield [`${prefix}query`, problem];
}

function* templatesIn(
  kind: {
    readonly query?: string | undefined;
    readonly statements: Readonly<Record<string, string | undefined>>;
  },
  prefix: string, dialect: SqlDialectName,
): Generator<readonly [string, string]> {
  for (const [name, text] of Object.entries(kind.statements)) {
    const problem = text === undefined ? undefined : templateProblem(dialect, text);
    if (problem !== undefined) yield [`${prefix}statements.${name}`, problem];
  }
}

function* changeProblems(
  { users: people, groups: teams }: SqlConfiguration,
): Generator<readonly [string, string]> {
  const kinds = [["users", people], ["groups", teams]] as const;
  if (teams?.members?.changes !== undefined && teams.changes === undefined) {
    yield ["groups.changes", "is required where members have it"];
  }
  const tells = kinds.filter(([, kind]) => kind?.changes !== undefined);
  if (tells.length === 0) return;
  for (const [name, kind] of kinds) {
    if (kind !== undefined && kind.changes === undefined) {
      yield [`${name}.changes`, "is required where another kind has it"];
    }
  }
}
