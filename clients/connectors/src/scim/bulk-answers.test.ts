import { expect, test } from "vitest";
import { ConnectorError } from "../connector.js";
import { BulkAnswers, type BulkOperation } from "./bulk-answers.js";

const post = (bulkId: string): BulkOperation =>
  ({ method: "POST", bulkId, path: "/Users", data: {} });
const remove = (id: string): BulkOperation => ({ method: "DELETE", path: `/Users/${id}` });

function told(operations: readonly BulkOperation[], results: unknown): readonly unknown[] {
  const answers = new BulkAnswers(operations, {
    status: 200, headers: new Map([["content-type", "application/scim+json"]]),
    body: Buffer.from(JSON.stringify(results)),
  });
  return operations.map((_, at) => {
    try {
      const answer = answers.of(at);
      return answer === undefined ? "done" : answer.json;
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return `${error.kind} ${error.code}`;
    }
  });
}

const location = "https://host/scim/v2/Users/7%20a";
const unknown = "retry CONNECTOR_BUSY";

test.each<readonly [string, readonly BulkOperation[], readonly unknown[], readonly unknown[]]>([
  ["as the RFC shows them, in another order", [post("a"), post("b"), remove("9")], [
    { method: "DELETE", location: "https://host/scim/v2/Users/9", status: "204" },
    { method: "POST", bulkId: "b", location, status: "201", response: { id: "b1" } },
    { method: "POST", bulkId: "a", location, status: "201", response: { id: "a1" } },
  ], [{ id: "a1" }, { id: "b1" }, "done"]],
  ["a create that is not shown is known by its place", [post("a")],
    [{ method: "post", bulkId: "a", location, status: 201 }], [{ id: "7 a" }]],
  ["statuses of drafts", [post("a"), post("b")], [
    { method: "POST", bulkId: "a", status: { code: "409" }, response: { scimType: "uniqueness" } },
    { method: "POST", bulkId: "b", location, status: { code: "201" } },
  ], ["skip VALUE_TAKEN", { id: "7 a" }]],
  ["without names, by their turn", [remove("1"), remove("2")],
    [{ method: "DELETE", status: "204" }, { method: "DELETE", status: "404" }],
    ["done", "skip OBJECT_GONE"]],
  ["without names and not all of them", [remove("1"), remove("2")],
    [{ method: "DELETE", status: "204" }], [unknown, unknown]],
  ["of somebody else in its turn", [post("a"), post("b")],
    [{ method: "POST", bulkId: "x", status: 201 }, { method: "POST", bulkId: "a", status: 500 }],
    [unknown, unknown]],
  ["that say nothing", [post("a"), remove("1")], [
    { method: "POST", bulkId: "a" }, { method: "DELETE", location: "/Users/1", status: "fine" },
  ], [unknown, unknown]],
  ["that are refused for reasons of their own", [remove("1"), remove("2"), remove("3")], [
    { method: "DELETE", location: "/Users/1", status: "412" },
    { method: "DELETE", location: "/Users/2", status: "429" },
    { method: "DELETE", location: "/Users/3", status: "403" },
  ], ["skip OBJECT_CHANGED", "retry CONNECTOR_RATE_LIMITED", "skip PERMISSION_DENIED"]],
])("results %s", (_what, operations, results, ends) => {
  expect(told(operations, { Operations: results })).toEqual(ends);
});

test.each([{}, [], "text", { Operations: null, detail: "?" }])(
  "an answer that is none, %j, says of nobody what was done", (results) => {
    expect(() => told([post("a")], results)).not.toThrow(TypeError);
    const end = (() => {
      try {
        return told([post("a")], results)[0];
      } catch (error) {
        return error instanceof ConnectorError ? `${error.kind} ${error.code}` : error;
      }
    })();
    expect(end).toBe(unknown);
  },
);
