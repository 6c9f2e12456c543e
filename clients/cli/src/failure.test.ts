import { JoineryApiError } from "@joinery/sdk";
import { expect, test } from "vitest";
import { CliError, exitCodes, toFailure } from "./failure.js";

const aborted = new DOMException("This operation was aborted", "AbortError");

test.each([
  [new CliError("FILE_NOT_JSON", "no"), "FILE_NOT_JSON", 1],
  [new CliError("FLAG_MISSING", "no", { exitCode: exitCodes.usage }), "FLAG_MISSING", 2],
  [new JoineryApiError("FORBIDDEN", "no"), "FORBIDDEN", 1],
  [new JoineryApiError("SESSION_INVALID", "no"), "SESSION_INVALID", 3],
  [new JoineryApiError("UNAUTHENTICATED", "no"), "UNAUTHENTICATED", 3],
  [new JoineryApiError("NETWORK_FAILED", "no"), "NETWORK_FAILED", 6],
  [new JoineryApiError("REQUEST_TIMED_OUT", "no"), "REQUEST_TIMED_OUT", 6],
  [new JoineryApiError("SERVICE_UNREACHABLE", "no"), "SERVICE_UNREACHABLE", 6],
  [aborted, "INTERRUPTED", 130],
  [new Error("no"), "INTERNAL", 1],
])("%s is told as %s and ends with %i", (error, code, exitCode) => {
  expect(toFailure(error)).toMatchObject({ code, exitCode });
});

test("how long to wait and how the log names a failed request are told", () => {
  const wait = new JoineryApiError("TOO_MANY_ATTEMPTS", "no", {
    fields: { retryAfterSeconds: 30 },
  });
  expect(toFailure(wait).details).toEqual(["try again in 30 s"]);
  const internal = new JoineryApiError("INTERNAL", "internal error", { requestId: "request-7" });
  expect(toFailure(internal).details).toEqual(["the log names it request-7"]);
});
