import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { begin, reportOf } from "./changes.fixture.js";
import { signal } from "./directory.fixture.js";
import { connectLdap, errorOf, people } from "./fixtures.js";
import {
  reply, replyWith, ScriptedServer, sendEntry, sendIntermediate, type ScriptedRequest,
} from "./scripted-server.fixture.js";

const uuid = "121a7a46-7a34-1041-9cad-ed97f433aec9";
const state = Buffer.from(`30150a01010410${uuid.replaceAll("-", "")}`, "hex");
const stateControl = { "1.3.6.1.4.1.4203.1.9.1.2": state };
const doneControl = { "1.3.6.1.4.1.4203.1.9.1.3": Buffer.from("30080403616263" + "0101ff", "hex") };
const times = { modifyTimestamp: ["20260102030405Z"], createTimestamp: ["20260102030405Z"] };

/** Answers each search but that for what the server says of itself. */
function serve(answer: (request: ScriptedRequest) => void): Promise<ScriptedServer> {
  return ScriptedServer.start((request) => {
    if (request.tag !== 0x63) {
      reply(request, 0);
    } else if (request.dn === "") {
      const supportedControl = ["1.3.6.1.4.1.4203.1.9.1.1"];
      sendEntry(request, "", { supportedControl, namingContexts: [people] });
      reply(request, 0);
    } else {
      answer(request);
    }
  });
}

const connectTo = ({ url }: ScriptedServer, changes: string) => connectLdap({
  url, allowPlain: true, bindDn: "cn=me", passwordSecret: "p", users: { base: people }, changes,
}, { p: "x" });

test("a server that ignores what it is asked is asked by times, or not at all", async () => {
  await using server = await serve((request) => {
    sendEntry(request, people, { entryUUID: [uuid], ...times });
    reply(request, 0);
  });
  const strict = await connectTo(server, "syncrepl");
  expect(await errorOf(begin(strict))).toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
  const auto = await connectTo(server, "auto");
  expect(await auto.changes?.begin(signal)).toMatchObject({ reportsDeletions: false });
});

test("a server that names entries otherwise in changes is asked by times", async () => {
  await using server = await serve((request) => {
    const entryUUID = ["00000000-0000-0000-0000-000000000000"];
    sendEntry(request, people, { entryUUID, ...times }, stateControl);
    replyWith(request, 0, doneControl);
  });
  const strict = await connectTo(server, "syncrepl");
  expect(await errorOf(begin(strict))).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
  const auto = await connectTo(server, "auto");
  expect(await auto.changes?.begin(signal)).toMatchObject({ reportsDeletions: false });
});

/** How a server ends the refresh that follows a good beginning. */
async function refreshEndsWith(
  end: (request: ScriptedRequest) => void,
): Promise<ReturnType<typeof errorOf>> {
  const asked: string[] = [];
  await using server = await serve((request) => {
    if (asked.shift() === "refresh") {
      end(request);
      return;
    }
    sendEntry(request, people, { entryUUID: [uuid], ...times }, stateControl);
    replyWith(request, 0, doneControl);
  });
  const connector = await connectTo(server, "syncrepl");
  const token = await begin(connector);
  // The base and its context are looked at first.
  asked.push("base", "context", "refresh");
  return await errorOf(reportOf(connector, token));
}

test.for([
  ["says nothing of changes", 0, "stop", "SOURCE_INCOMPLETE"],
  ["does not know the cookie (4096)", 4096, "stop", "DELTA_TOKEN_REJECTED"],
  ["does not like the cookie (2)", 2, "stop", "DELTA_TOKEN_REJECTED"],
  ["has more than it may tell (4)", 4, "stop", "DELTA_TOKEN_REJECTED"],
  ["is busy (51)", 51, "retry", "CONNECTOR_BUSY"],
  ["takes our rights (50)", 50, "stop", "PERMISSION_DENIED"],
  ["shows no base (32)", 32, "stop", "MISCONFIGURED"],
] as const)("a server that %s ends a report, nobody is gone", async ([, code, kind, name]) => {
  const error = await refreshEndsWith((request) => { reply(request, code); });
  expect(error).toMatchObject({ kind, code: name });
});

test("a server that hangs up in the middle of a refresh ends the report", async () => {
  const error = await refreshEndsWith((request) => {
    sendEntry(request, `uid=x,${people}`, {}, stateControl);
    request.socket.end();
  });
  expect(error).toMatchObject({
    kind: "retry", code: "CONNECTOR_UNREACHABLE", message: "the server hung up",
  });
});

test("a read is not disturbed by what a server says between its entries", async () => {
  await using server = await serve((request) => {
    sendIntermediate(request, "1.2.3.4", Buffer.from("whatever"));
    sendEntry(request, `uid=x,${people}`, { uid: ["x"], entryUUID: [uuid] });
    sendIntermediate(request, "1.3.6.1.4.1.4203.1.9.1.4", Buffer.from("a100", "hex"));
    reply(request, 0);
  });
  const { objects, error } = await readAll(await connectTo(server, "off"));
  expect(error).toBeUndefined();
  expect(objects.map((each) => each.anchor)).toEqual([uuid]);
});
