import { createServer } from "node:net";
import { expect, test } from "vitest";
import type { Connector, ConnectorError } from "../connector.js";
import { readAll, type ReadOutcome } from "../testing/read-all.js";
import { connectLdap, errorOf, groups, people } from "./fixtures.js";
import { meaningOf, resultName } from "./result-codes.js";
import {
  reply, ScriptedServer, sendEntry, sendNotice, sendReference, type ScriptedRequest,
} from "./scripted-server.fixture.js";

const signal = new AbortController().signal;
const search = 0x63;

function connect(
  server: { readonly url: string },
  settings: Record<string, unknown> = {},
): Promise<Connector> {
  return connectLdap(
    {
      url: server.url,
      allowPlain: true,
      bindDn: "cn=me",
      passwordSecret: "admin",
      users: { base: people },
      pageSize: 2,
      timeouts: { connectMs: 10_000, answerMs: 20_000 },
      ...settings,
    },
    { admin: "secret" },
  );
}

/** A server that lets anybody in, shows no schema, and answers searches below the base as told. */
function serverOf(
  answer: (request: ScriptedRequest, turn: number) => void,
): Promise<ScriptedServer> {
  let turn = 0;
  return ScriptedServer.start((request) => {
    if (request.tag === search && request.dn !== "") {
      answer(request, turn);
      turn += 1;
    } else reply(request, 0);
  });
}

async function readFrom(
  answer: (request: ScriptedRequest, turn: number) => void, settings: Record<string, unknown> = {},
): Promise<ReadOutcome> {
  await using server = await serverOf(answer);
  return await readAll(await connect(server, settings));
}

const person = (request: ScriptedRequest, name: string): void => {
  sendEntry(request, `uid=${name},${people}`, { uid: [name], entryUUID: [`uuid-${name}`] });
};

test("an empty page that is not the last is read past", async () => {
  const { objects, error } = await readFrom((request, turn) => {
    if (turn === 1 || turn === 2) reply(request, 0, `page ${turn}`);
    else {
      person(request, `p${turn}`);
      reply(request, 0, turn === 4 ? "" : "more");
    }
  });
  expect(error).toBeUndefined();
  expect(objects.map((each) => each.anchor)).toEqual(["uuid-p0", "uuid-p3", "uuid-p4"]);
});

test("a full page is no end where nobody says whether it is the last", async () => {
  const fullPage = (request: ScriptedRequest): void => {
    person(request, `a${request.turn}`);
    person(request, `b${request.turn}`);
  };
  const atOnce = await readFrom((request) => {
    fullPage(request);
    reply(request, 0);
  });
  expect(atOnce.error).toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
  const later = await readFrom((request, turn) => {
    fullPage(request);
    if (turn === 0) reply(request, 0, "more");
    else reply(request, 0);
  });
  expect(later.error).toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
  expect(later.objects).toHaveLength(2);
});

test("empty pages without end are not followed for ever", async () => {
  const { error } = await readFrom((request) => { reply(request, 0, "on and on"); });
  expect(error).toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
});

test.for([
  [3, "stop", "LIMIT_EXCEEDED"],
  [4, "stop", "LIMIT_EXCEEDED"],
  [10, "stop", "MISCONFIGURED"],
  [11, "stop", "LIMIT_EXCEEDED"],
  [12, "stop", "MISCONFIGURED"],
  [32, "stop", "MISCONFIGURED"],
  [49, "stop", "CREDENTIALS_REJECTED"],
  [50, "stop", "PERMISSION_DENIED"],
  [51, "retry", "CONNECTOR_BUSY"],
  [52, "retry", "CONNECTOR_UNREACHABLE"],
  [53, "stop", "PERMISSION_DENIED"],
  [99, "stop", "SOURCE_UNREADABLE"],
] as const)(
  "result %i on the second page makes the read %s with %s",
  async ([code, kind, expected]) => {
    const { objects, error } = await readFrom((request, turn) => {
      if (turn > 0) reply(request, code);
      else {
        person(request, "first");
        reply(request, 0, "more");
      }
    });
    expect(objects).toHaveLength(1);
    expect(error).toMatchObject({ kind, code: expected });
    expect(error?.message).not.toContain("canary");
  },
);

test("no read that lacks entries of other servers calls itself whole", async () => {
  const answer = (request: ScriptedRequest): void => {
    person(request, "here");
    sendReference(request, "ldap://elsewhere.example/ou=people");
    reply(request, 0);
  };
  expect((await readFrom(answer)).error).toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
  const ignoring = await readFrom(answer, { referrals: "ignore" });
  expect(ignoring).toMatchObject({ objects: [{ anchor: "uuid-here" }] });
  expect(ignoring.error).toBeUndefined();
});

test.for<readonly [string, (request: ScriptedRequest) => void, Partial<ConnectorError>]>([
  ["says nothing", () => undefined, { kind: "retry", code: "CONNECTOR_TIMEOUT" }],
  [
    "hangs up in the middle of a page",
    (request) => {
      person(request, "half");
      request.socket.end();
    },
    { kind: "retry", code: "CONNECTOR_UNREACHABLE" },
  ],
  [
    "resets the connection",
    (request) => {
      request.socket.resetAndDestroy();
    },
    { kind: "retry", code: "CONNECTOR_UNREACHABLE" },
  ],
  ["says good-bye", sendNotice, { kind: "retry", code: "CONNECTOR_UNREACHABLE" }],
  [
    "sends what is no message",
    (request) => {
      request.socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    },
    { kind: "retry", code: "CONNECTOR_UNREACHABLE" },
  ],
  [
    "sends a message of unbounded length",
    (request) => {
      request.socket.write(Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]));
    },
    { kind: "stop", code: "LIMIT_EXCEEDED" },
  ],
  [
    "sends an entry that is broken",
    (request) => {
      request.socket.write(Buffer.from([0x30, 0x07, 2, 1, request.id, 0x64, 0x02, 0x04, 0x7f]));
    },
    { kind: "retry" },
  ],
])(
  "a server that %s fails the read, and nobody signs in again unseen",
  async ([, answer, expected]) => {
    await using server = await serverOf(answer);
    const isSilent = answer.length === 0;
    const timeouts = { answerMs: isSilent ? 300 : 20_000 };
    const connector = await connect(server, { timeouts });
    const { error } = await readAll(connector);
    expect(error).toMatchObject(expected);
    expect(new Set(server.requests.map((each) => each.connection)).size).toBe(1);
  },
);

test("an answer that keeps coming is not timed out", async () => {
  const { objects, error } = await readFrom((request) => {
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      if (sent <= 5) person(request, `slow${sent}`);
      else {
        clearInterval(timer);
        reply(request, 0);
      }
    }, 700);
  }, { timeouts: { answerMs: 2_500 } });
  expect(error).toBeUndefined();
  expect(objects).toHaveLength(5);
});

test("a server that never speaks is a timeout, one that is not there unreachable", async () => {
  await using silent = await ScriptedServer.start(() => undefined);
  const connector = await connect(silent, { timeouts: { answerMs: 300 } });
  expect(await errorOf(connector.check(signal))).toMatchObject({
    kind: "retry",
    code: "CONNECTOR_TIMEOUT",
  });
  const closed = createServer();
  await new Promise<void>((resolve) => {
    closed.listen(0, "127.0.0.1", resolve);
  });
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => {
    closed.close(resolve);
  });
  const nobody = await connect({ url: `ldap://127.0.0.1:${port}` });
  expect(await errorOf(nobody.check(signal))).toMatchObject({
    kind: "retry",
    code: "CONNECTOR_UNREACHABLE",
  });
  const nowhere = await connectLdap(
    {
      url: "ldaps://no-such-host.invalid",
      bindDn: "cn=me",
      passwordSecret: "admin",
      users: { base: people },
    },
    { admin: "x" },
  );
  expect(await errorOf(nowhere.check(signal))).toMatchObject({
    kind: "retry",
    code: "CONNECTOR_UNREACHABLE",
  });
});

test("a server that will not encrypt is not signed in to", async () => {
  await using server = await ScriptedServer.start((request) => { reply(request, 52); });
  const connector = await connect(server, { allowPlain: false, startTls: true });
  expect(await errorOf(connector.check(signal))).toMatchObject({ code: "CONNECTOR_UNREACHABLE" });
  expect(server.requests.map((each) => each.tag)).toEqual([0x77]);
});

test("members in ranges are all read (MS-ADTS 3.1.1.3.1.3.3)", async () => {
  const dn = `cn=big,${groups}`;
  const { members, error } = await readFrom((request) => {
    if (request.dn === groups) {
      sendEntry(request, dn, {
        cn: ["big"],
        entryUUID: ["g"],
        "member;range=0-1": ["cn=0", "cn=1"],
      });
    } else if (request.dn === dn) {
      const asked = request.turn;
      sendEntry(
        request,
        dn,
        asked % 2 === 0
          ? { "member;range=2-3": ["cn=2", "cn=3"] }
          : { "member;range=4-*": ["cn=4"] },
      );
    }
    reply(request, 0);
  }, { groups: { base: groups, placeholderMember: "cn=nobody" } });
  expect(error).toBeUndefined();
  expect(members.map((each) => each.member)).toEqual(
    expect.arrayContaining(["cn=0", "cn=1", "cn=4"]),
  );
});

test("an entry without one anchor is passed over and the others are read", async () => {
  const { objects, skips } = await readFrom((request) => {
    sendEntry(request, `uid=a,${people}`, { uid: ["a"] });
    sendEntry(request, `uid=b,${people}`, { uid: ["b"], entryUUID: ["1", "2"] });
    sendEntry(request, `uid=c,${people}`, { uid: ["c"], entryUUID: ["c"], __proto__: ["x"] });
    reply(request, 0);
  });
  expect(objects.map((each) => each.anchor)).toEqual(["c"]);
  expect(skips).toMatchObject([
    { object: `uid=a,${people}`, code: "ANCHOR_MISSING" },
    { object: `uid=b,${people}`, code: "ANCHOR_MISSING" },
  ]);
});

test("more entries than allowed stop the read", async () => {
  const { error } = await readFrom((request, turn) => {
    person(request, `p${turn}`);
    reply(request, 0, "more");
  }, { limits: { entriesMax: 5 } });
  expect(error).toMatchObject({ kind: "stop", code: "LIMIT_EXCEEDED" });
});

test("every result code that RFC 4511 names has a name and a meaning for each task", () => {
  const codes = [
    1, 2, 3, 4, 7, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 32, 33, 34, 36, 48, 49, 50, 51,
    52, 53, 54, 64, 65, 66, 67, 68, 69, 71, 80,
  ];
  for (const code of codes) {
    expect(resultName(code)).not.toBe("unknown");
    for (const task of ["signIn", "read", "write"] as const)
      expect(meaningOf(task, code).code).toMatch(/^[A-Z_]+$/);
  }
});
