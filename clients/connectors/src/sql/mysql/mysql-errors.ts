import type { SqlMeaning, SqlTask } from "../dialect.js";
import { meaningFor } from "../meaning.js";

type Kinds = readonly [kind: SqlMeaning["kind"], code: SqlMeaning["code"], reason: string];

const unreachable: Kinds = ["retry", "CONNECTOR_UNREACHABLE", "the server ended the connection"];
const timeout: Kinds = ["retry", "CONNECTOR_TIMEOUT", "the server gave the statement up"];
const busy: Kinds = ["retry", "CONNECTOR_BUSY", "others are at the same rows"];
const full: Kinds = ["retry", "CONNECTOR_BUSY", "the server is at its limits"];
const rejected: Kinds = ["stop", "CREDENTIALS_REJECTED", "nobody could sign in"];
const denied: Kinds = ["stop", "PERMISSION_DENIED", "our account may not"];
const misconfigured: Kinds = ["stop", "MISCONFIGURED", "the statement is refused"];
const refused: Kinds = ["skip", "VALUE_INVALID", "a value is refused"];
const named: Kinds = [
  "skip", "VALUE_INVALID", "a row that is named is not there, or is still named",
];
const taken: Kinds = [
  "skip", "VALUE_TAKEN", "another row has a value that only one may have",
];
const tooLarge: Kinds = ["skip", "VALUE_TOO_LARGE", "a value is too long"];

const group = (numbers: readonly number[], meaning: Kinds) =>
  numbers.map((number) => [number, meaning] as const);

/** Numbers of errors of MySQL and MariaDB → what they mean. */
const meanings: ReadonlyMap<number, Kinds> = new Map<number, Kinds>([
  ...group([1053, 1077, 1152, 1158, 1159, 1160, 1161, 1927, 2006, 2013, 4031], unreachable),
  ...group([1317, 1969, 3024], timeout), ...group([1205, 1213, 1020], busy),
  ...group([1040, 1203, 1226], full),
  ...group([1045, 1251, 1524, 1698, 3118, 1862, 1820, 4151], rejected),
  ...group([1044, 1142, 1143, 1227, 1370, 1396], denied),
  [1049, ["stop", "MISCONFIGURED", "there is no such database"]],
  [1054, ["stop", "COLUMN_MISSING", "there is no such column"]],
  ...group([1046, 1064, 1101, 1146, 1290, 1295, 1305, 1665, 1792, 1836], misconfigured),
  ...group([1062, 1169, 1586, 1859], taken), ...group([1216, 1217, 1451, 1452], named),
  ...group([1048, 1263, 1364], ["skip", "VALUE_INVALID", "a value is required"]),
  ...group([1264, 1265, 1292, 1366, 1367, 1525, 1644, 3140, 3819, 4025, 4078], refused),
  ...group([1118, 1153, 1301, 1406, 3170], tooLarge),
  ...group([1021, 1114], ["stop", "LIMIT_EXCEEDED", "the server's disk is full"]),
]);

/** Undefined for what is no message of the server: the line broke. */
export function explainMysql(error: unknown, task: SqlTask): SqlMeaning | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (error.code === "HANDSHAKE_NO_SSL_SUPPORT") {
    return { kind: "stop", code: "MISCONFIGURED", reason: "the server offers no encryption" };
  }
  if (error.code === "HANDSHAKE_SSL_ERROR") return handshakeMeaning(error);
  if (!("errno" in error) || typeof error.errno !== "number" || error.errno <= 0) return undefined;
  const found = meanings.get(error.errno);
  const [kind, code, what] = found ?? ["stop", "SOURCE_UNREADABLE", "the database refused it"];
  return meaningFor(task, { kind, code, reason: `${what} (${error.errno})` });
}

/** The driver writes a code of its own over that of the error; what is left tells them apart. */
function handshakeMeaning(error: Error): SqlMeaning | undefined {
  if ("syscall" in error || /disconnected|hang up/.test(error.message)) return undefined;
  if ("library" in error) {
    return { kind: "stop", code: "MISCONFIGURED", reason: "no encryption could be agreed on" };
  }
  return {
    kind: "stop", code: "CERTIFICATE_UNTRUSTED", reason: "the server's certificate is not trusted",
  };
}
