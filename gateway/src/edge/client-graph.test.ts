import { newTenantId, type PushClient } from "@joinery/kit";
import { JoineryError } from "@joinery/kit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask, startSmallEdge, type SmallEdge } from "../testing/small-edge.js";
import { pushLimits } from "./push-clients.js";

describe.each(["local", "http"] as const)("a client of the graph, %s", (how) => {
  let edge: SmallEdge;
  const token = `jnc_${"7".repeat(49)}`;
  const client: PushClient = {
    id: "c1", name: "Partner", tenant: newTenantId(), applicationId: "a1",
  };
  const push = (with_ = token) => ask(edge.url, "mutation { pushAccounts }", { token: with_ });

  beforeAll(async () => {
    edge = await startSmallEdge(how);
    edge.clients.set(token, client);
  });
  afterAll(() => edge.stop());
  afterEach(() => edge.breakSessions(null));

  test("is its own actor, of its organisation and application", async () => {
    const answer = await push();
    expect(answer.data).toEqual({ pushAccounts: "c1" });
    expect(edge.seen.actors.at(-1)).toEqual({
      kind: "client", id: "c1", name: "Partner", tenant: client.tenant, application: "a1",
      permissions: ["account:push"],
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("is refused with 401 where the token does not hold, and nothing is asked", async () => {
    const before = edge.seen.actors.length;
    for (const bad of [`jnc_${"8".repeat(49)}`, "jnc_", `jnc_${"7".repeat(5_000)}`]) {
      const answer = await push(bad);
      expect([answer.status, answer.code]).toEqual([401, "CLIENT_INVALID"]);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="joinery"');
    }
    expect(edge.seen.actors).toHaveLength(before);
  });

  test("is answered 503 when nobody can say whether the token holds", async () => {
    edge.breakSessions(new JoineryError("SERVICE_UNREACHABLE", "away"));
    const other = `jnc_${"6".repeat(49)}`;
    const answer = await push(other);
    expect([answer.status, answer.code]).toEqual([503, "SERVICE_UNREACHABLE"]);
  });

  test("does nothing but push, by whatever name", async () => {
    const before = edge.seen.changes;
    for (const query of ["{ who }", "mutation { change }", "mutation { pushAccounts: change }",
      "mutation pushAccounts { change }", "{ __schema { types { name } } }"]) {
      const answer = await ask(edge.url, query, { token });
      expect([answer.status, answer.code]).toEqual([403, "FORBIDDEN"]);
    }
    expect(edge.seen.changes).toBe(before);
  });

  test("is no session, nor is a session a client", async () => {
    const session = `jns_${"s".repeat(24)}`;
    edge.clients.set(session, client);
    expect((await push(session)).code).toBe("SESSION_INVALID");
    expect((await ask(edge.url, "mutation { pushAccounts }")).code).toBe("UNAUTHENTICATED");
  });

  test("is asked to wait, with the time, when too many come at once", async () => {
    const busy = `jnc_${"5".repeat(49)}`;
    edge.clients.set(busy, { ...client, id: `busy-${how}` });
    const wanted = pushLimits.requestsAtOnce * 4;
    const answers = await Promise.all(Array.from({ length: wanted }, () => push(busy)));
    const refused = answers.filter(({ status }) => status === 429);
    for (const answer of refused) {
      expect(answer.code).toBe("CLIENT_TOO_FAST");
      expect(answer.errors[0]?.extensions["retryAfterSeconds"]).toBe(1);
      expect(answer.headers.get("retry-after")).toBe("1");
    }
    expect(answers.filter(({ status }) => status === 200).length + refused.length).toBe(wanted);
    expect((await push(busy)).status).toBe(200);
  });
});
