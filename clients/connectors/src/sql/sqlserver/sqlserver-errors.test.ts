import { expect, test } from "vitest";
import type { SqlTask } from "../dialect.js";
import { explainSqlServer, refusalOf } from "./sqlserver-errors.js";

/** An error as the driver throws it. */
function said(code: string, number?: number, severity = 16): Error {
  return Object.assign(new Error("a text with a value"), {
    code, ...(number === undefined ? {} : { number, class: severity }),
  });
}

const meaning = (error: unknown, task: SqlTask, told: readonly number[] = []) =>
  explainSqlServer(refusalOf(error, told), task);

test.each<readonly [number, SqlTask, string, string]>([
  [1205, "write", "retry", "CONNECTOR_BUSY"], [1222, "read", "retry", "CONNECTOR_BUSY"],
  [3960, "write", "retry", "CONNECTOR_BUSY"], [40501, "read", "retry", "CONNECTOR_BUSY"],
  [40613, "signIn", "retry", "CONNECTOR_UNREACHABLE"], [-2, "read", "retry", "CONNECTOR_TIMEOUT"],
  [596, "read", "retry", "CONNECTOR_UNREACHABLE"],
  [9002, "write", "stop", "LIMIT_EXCEEDED"],
  [2627, "write", "skip", "VALUE_TAKEN"], [2601, "write", "skip", "VALUE_TAKEN"],
  [515, "write", "skip", "VALUE_INVALID"], [547, "write", "skip", "VALUE_INVALID"],
  [245, "write", "skip", "VALUE_INVALID"], [245, "read", "stop", "SOURCE_UNREADABLE"],
  [8152, "write", "skip", "VALUE_TOO_LARGE"], [2628, "write", "skip", "VALUE_TOO_LARGE"],
  [18456, "signIn", "stop", "CREDENTIALS_REJECTED"],
  [18487, "signIn", "stop", "CREDENTIALS_REJECTED"], [4060, "signIn", "stop", "MISCONFIGURED"],
  [229, "read", "stop", "PERMISSION_DENIED"], [229, "write", "skip", "PERMISSION_DENIED"],
  [230, "read", "stop", "PERMISSION_DENIED"], [916, "signIn", "stop", "PERMISSION_DENIED"],
  [207, "read", "stop", "COLUMN_MISSING"], [208, "read", "stop", "MISCONFIGURED"],
  [102, "read", "stop", "MISCONFIGURED"], [50000, "write", "skip", "VALUE_INVALID"],
  [99999, "read", "stop", "SOURCE_UNREADABLE"],
])("%i while we %s is %s %s", (number, task, kind, code) => {
  const found = meaning(said("EREQUEST", number), task);
  expect(found).toMatchObject({ kind, code });
  expect(found?.reason).toContain(String(number));
});

test("of several errors the known one counts, and a missing database before a login", () => {
  const both = new AggregateError([said("EREQUEST", 3621), said("EREQUEST", 2627)], "two");
  expect(meaning(both, "write")).toMatchObject({ code: "VALUE_TAKEN" });
  const login = said("ELOGIN");
  expect(meaning(login, "signIn", [4060, 18456])).toMatchObject({ code: "MISCONFIGURED" });
  expect(meaning(login, "signIn", [18456])).toMatchObject({ code: "CREDENTIALS_REJECTED" });
  expect(meaning(login, "signIn")).toMatchObject({ code: "CREDENTIALS_REJECTED" });
});

test("an unknown error of a class that ends the connection is a broken line", () => {
  expect(meaning(said("EREQUEST", 99_999, 20), "read")).toMatchObject({
    kind: "retry", code: "CONNECTOR_UNREACHABLE",
  });
});

test("the driver's own errors are told apart, and those of the socket are the socket's", () => {
  expect(meaning(said("EENCRYPT"), "signIn")).toMatchObject({ code: "MISCONFIGURED" });
  expect(meaning(said("ETIMEOUT"), "signIn")).toMatchObject({ code: "CONNECTOR_TIMEOUT" });
  const cause = Object.assign(new Error("x"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  const broken = Object.assign(new Error("y", { cause }), { code: "ESOCKET" });
  expect(refusalOf(broken, [])).toBe(cause);
  for (const code of ["ESOCKET", "ECLOSE", "EINVALIDSTATE"]) {
    expect(meaning(said(code), "read")).toBeUndefined();
  }
});

test("what the server said goes no further than its number", () => {
  expect(String(refusalOf(said("EREQUEST", 2627), []))).not.toContain("value");
});
