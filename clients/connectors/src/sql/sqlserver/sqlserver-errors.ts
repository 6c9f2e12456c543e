import type { SqlMeaning, SqlTask } from "../dialect.js";
import { meaningFor } from "../meaning.js";

type Kinds = readonly [kind: SqlMeaning["kind"], code: SqlMeaning["code"], reason: string];

const unreachable: Kinds = ["retry", "CONNECTOR_UNREACHABLE", "the server ended the connection"];
const timeout: Kinds = ["retry", "CONNECTOR_TIMEOUT", "no answer in time"];
const busy: Kinds = ["retry", "CONNECTOR_BUSY", "others are at the same rows"];
const full: Kinds = ["retry", "CONNECTOR_BUSY", "the server is at its limits"];
const rejected: Kinds = ["stop", "CREDENTIALS_REJECTED", "nobody could sign in"];
const denied: Kinds = ["stop", "PERMISSION_DENIED", "our account may not"];
const misconfigured: Kinds = ["stop", "MISCONFIGURED", "the statement is refused"];
const taken: Kinds = ["skip", "VALUE_TAKEN", "another row has a value that only one may have"];
const refused: Kinds = ["skip", "VALUE_INVALID", "a value is refused"];
const tooLarge: Kinds = ["skip", "VALUE_TOO_LARGE", "a value is too long"];

const group = (numbers: readonly number[], meaning: Kinds) =>
  numbers.map((number) => [number, meaning] as const);

/** Numbers of errors of SQL Server and Azure SQL → what they mean ("Database engine errors"). */
const meanings: ReadonlyMap<number, Kinds> = new Map<number, Kinds>([
  ...group([233, 596, 4014, 6005, 10053, 10054, 17142, 18461, 40197, 40613], unreachable),
  ...group([-2, 8628, 8649], timeout),
  ...group([1204, 1205, 1222, 3960, 3961, 41301, 41302, 41305, 41325, 41839], busy),
  ...group([701, 8645, 8651, 10928, 10929, 17809, 40501, 49918, 49919, 49920], full),
  ...group([1101, 1105, 9002], ["stop", "LIMIT_EXCEEDED", "the server's disk is full"]),
  // A database that is not there comes with 18456 behind it.
  ...group([4060, 4063, 4064], ["stop", "MISCONFIGURED", "the database is not there for us"]),
  ...group([18452, 18456, 18470, 18486, 18487, 18488], rejected),
  ...group([229, 230, 262, 297, 300, 916, 15247], denied),
  [207, ["stop", "COLUMN_MISSING", "there is no such column"]],
  ...group([
    102, 105, 113, 137, 156, 170, 201, 206, 208, 214, 257, 306, 319, 334, 402, 468, 1013, 1033,
    1038, 2812, 3930, 3952, 4104, 8144, 8145, 8155, 8156, 8180,
  ], misconfigured),
  ...group([2601, 2627], taken),
  [515, ["skip", "VALUE_INVALID", "a value is required"]],
  [547, ["skip", "VALUE_INVALID", "a rule is broken, or a row is named that is not there"]],
  ...group([
    220, 232, 241, 242, 244, 245, 248, 271, 272, 273, 293, 295, 296, 544, 3609, 6355, 8102, 8114,
    8115, 8169, 9402, 9413, 9436, 50000,
  ], refused),
  ...group([511, 1946, 2628, 8152], tooLarge),
]);

/** Of the driver alone; where its socket broke the socket's own error is told. */
const driverMeanings: ReadonlyMap<string, Kinds> = new Map<string, Kinds>([
  ["EENCRYPT", ["stop", "MISCONFIGURED", "one side wants encryption and the other has none"]],
  ["ELOGIN", rejected], ["ETIMEOUT", timeout], ["EREQUEST", misconfigured],
]);

/** From this class on the server ends the connection with its error. */
const fatalClass = 20;

/** What the server or the driver said, without the texts: they may hold values. */
export class SqlServerError extends Error {
  readonly code: string;
  readonly numbers: readonly number[];
  readonly isFatal: boolean;

  constructor(code: string, numbers: readonly number[], isFatal: boolean) {
    super("refused by the database");
    this.code = code;
    this.numbers = numbers;
    this.isFatal = isFatal;
  }
}

/** An error of the driver in our words; what broke on the line is the socket's own error. */
export function refusalOf(error: unknown, told: readonly number[]): Error {
  if (!(error instanceof Error)) return new Error("unknown error");
  const each = error instanceof AggregateError ? error.errors as readonly unknown[] : [error];
  const said = each.flatMap((one) => (one instanceof Error ? [one] : []));
  const own = said.flatMap((one) =>
    ("number" in one && typeof one.number === "number" ? [one.number] : []));
  const isFatal = said.some((one) =>
    "class" in one && typeof one.class === "number" && one.class >= fatalClass);
  const numbers = [...told, ...own];
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (numbers.length > 0) return new SqlServerError(code, numbers, isFatal);
  if (code === "ESOCKET" && error.cause instanceof Error) return error.cause;
  return driverMeanings.has(code) ? new SqlServerError(code, [], false) : error;
}

/** Undefined for what is no message of the server: the line broke. */
export function explainSqlServer(error: unknown, task: SqlTask): SqlMeaning | undefined {
  if (!(error instanceof SqlServerError)) return undefined;
  const known = error.numbers.find((number) => meanings.has(number));
  const found = known !== undefined ? meanings.get(known)
    : error.isFatal ? unreachable
      : error.numbers.length === 0 ? driverMeanings.get(error.code) : undefined;
  const [kind, code, what] = found ?? ["stop", "SOURCE_UNREADABLE", "the database refused it"];
  const number = known ?? error.numbers[0] ?? error.code;
  return meaningFor(task, { kind, code, reason: `${what} (${number})` });
}
