import type { Control } from "ldapts";
import type { ConnectorWrite } from "../connector.js";
import type { LdapGroups, LdapUsers } from "./configuration.js";
import type { EntryGuard } from "./entry-guard.js";
import { openGuard } from "./entry-guard.js";
import type { EntryKind } from "./entries.js";
import type { LdapResult, RawAttribute } from "./messages.js";
import { meaningOf, resultName, type LdapTask, type Meaning } from "./result-codes.js";
import type { SchemaRules } from "./schema.js";
import type { LdapSession } from "./session.js";
import { wordState } from "./word-state.js";

/** What an account's state was seen to be, and shall be; an absent `before` is not looked at. */
export interface StateChange {
  readonly before?: readonly Buffer[];
  readonly after: readonly Buffer[];
}

/** How one attribute says whether people may sign in. */
export interface AccountState {
  readonly attribute: string;
  read(values: readonly Buffer[]): boolean | undefined;
  change(enabled: boolean, now: readonly Buffer[]): StateChange;
  /** Of a new account; `given` are values that the create brings itself. Throws `VALUE_INVALID`. */
  initial(write: CreateWrite, given: readonly Buffer[]): readonly Buffer[];
}

export type CreateWrite = Extract<ConnectorWrite, { readonly operation: "create" }>;

/** Where servers that speak LDAP differ in more than what their schema says. */
export interface LdapDialect {
  /** Sent along with every search. */
  readonly searchControls: readonly Control[];
  readonly schemaRules: SchemaRules | undefined;
  /** Whether an attribute that the schema does not name cannot be written. */
  readonly knowsItsSchema: boolean;
  /** Attributes, lower case, that are shown only where the settings name them. */
  readonly quiet: ReadonlySet<string>;
  /** How many members of a group to ask for in one answer; undefined: all at once. */
  readonly membersAtOnce: number | undefined;
  /** Changes with every change of an entry, so ranges read one after the other can be trusted. */
  readonly revisionAttribute: string | undefined;
  /** Result codes of adding a member who is in, of removing one who is out. */
  readonly memberConflicts: ReadonlySet<number>;
  /** Attributes whose values only one entry has, wherever it is below `uniqueBelow`. */
  readonly unique: readonly string[];
  uniqueBelow(kind: EntryKind): string;
  /** A name by which the server finds an entry wherever it is; undefined where it has none. */
  nameOfAnchor(kind: EntryKind, anchor: string): string | undefined;
  stateOf(settings: LdapUsers | LdapGroups): AccountState | undefined;
  /** Attributes that set an initial password. */
  password(plain: string): readonly RawAttribute[];
  /** Attributes that a new entry has besides those that are asked for. Throws `VALUE_INVALID`. */
  newEntry(kind: EntryKind, write: CreateWrite): readonly RawAttribute[];
  /** What must not be written; looked up once for each connection. */
  openGuard(session: LdapSession): Promise<EntryGuard>;
  /** What an answer other than success means, and how to call it. */
  explain(task: LdapTask, result: LdapResult): Meaning & { readonly name: string };
}

const noSuchAttribute = 16;
const valueExists = 20;

/** Servers that do as RFC 4510 to 4519 say. */
export const standardDialect: LdapDialect = {
  searchControls: [],
  schemaRules: undefined,
  knowsItsSchema: false,
  quiet: new Set(),
  membersAtOnce: undefined,
  revisionAttribute: undefined,
  memberConflicts: new Set([noSuchAttribute, valueExists]),
  unique: [],
  uniqueBelow: (kind) => kind.settings.base,
  nameOfAnchor: () => undefined,
  stateOf: ({ enabledBy }) => (enabledBy === undefined ? undefined : wordState(enabledBy)),
  password: (plain) => [{ name: "userPassword", values: [Buffer.from(plain)] }],
  newEntry: () => [],
  openGuard,
  explain: (task, { status }) => ({ ...meaningOf(task, status), name: resultName(status) }),
};
