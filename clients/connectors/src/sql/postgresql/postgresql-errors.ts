import type { SqlMeaning, SqlTask } from "../dialect.js";
import { meaningFor } from "../meaning.js";

type Kinds = readonly [kind: SqlMeaning["kind"], code: SqlMeaning["code"], reason: string];

const refused: Kinds = ["skip", "VALUE_INVALID", "a value is refused"];
const misconfigured: Kinds = ["stop", "MISCONFIGURED", "the statement is refused"];
const unreachable: Kinds = ["retry", "CONNECTOR_UNREACHABLE", "the server ended the connection"];
const busy: Kinds = ["retry", "CONNECTOR_BUSY", "others are at the same rows"];

/** SQLSTATE, or its first two signs, → what it means (PostgreSQL, appendix A). */
const meanings: ReadonlyMap<string, Kinds> = new Map<string, Kinds>([
  ["08", unreachable], ["57P01", unreachable], ["57P02", unreachable], ["57P03", unreachable],
  ["57P05", unreachable], ["25P03", unreachable], ["25P04", unreachable],
  ["57014", ["retry", "CONNECTOR_TIMEOUT", "the server gave the statement up"]],
  ["55P03", busy], ["40", busy],
  ["53", ["retry", "CONNECTOR_BUSY", "the server is at its limits"]],
  ["53100", ["stop", "LIMIT_EXCEEDED", "the server's disk is full"]],
  ["28", ["stop", "CREDENTIALS_REJECTED", "nobody could sign in"]],
  ["3D", ["stop", "MISCONFIGURED", "there is no such database"]],
  ["42501", ["stop", "PERMISSION_DENIED", "our account may not"]],
  ["42703", ["stop", "COLUMN_MISSING", "there is no such column"]],
  ["42", misconfigured], ["0A", misconfigured], ["25006", misconfigured], ["3F", misconfigured],
  ["23505", ["skip", "VALUE_TAKEN", "another row has a value that only one may have"]],
  ["23503", ["skip", "VALUE_INVALID", "a row that is named is not there, or is still named"]],
  ["23502", ["skip", "VALUE_INVALID", "a value is required"]],
  ["23P01", ["skip", "VALUE_TAKEN", "another row has a value that only one may have"]],
  ["23", refused], ["22", refused], ["44", refused], ["P0001", refused],
  ["22001", ["skip", "VALUE_TOO_LARGE", "a value is too long"]],
  ["54", ["skip", "VALUE_TOO_LARGE", "a value is too large"]],
]);

/** Undefined for what is no message of the server: the line broke. */
export function explainPostgresql(error: unknown, task: SqlTask): SqlMeaning | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/does not support SSL|establishing an SSL/.test(error.message)) {
    return { kind: "stop", code: "MISCONFIGURED", reason: "the server offers no encryption" };
  }
  if (!("code" in error) || !("severity" in error)) return undefined;
  const state = String(error.code);
  const found = meanings.get(state) ?? meanings.get(state.slice(0, 2));
  const [kind, code, what] = found ?? ["stop", "SOURCE_UNREADABLE", "the database refused it"];
  const named = ["table", "column", "constraint"].flatMap((key) => {
    const name = (error as unknown as Record<string, unknown>)[key];
    return typeof name === "string" ? [`${key} "${name}"`] : [];
  });
  const where = named.length === 0 ? "" : `: ${named.join(", ")}`;
  return meaningFor(task, { kind, code, reason: `${what} (${state})${where}` });
}
