import { expect, test } from "vitest";
import { begin, reportOf } from "./changes.fixture.js";
import { createUser, describeDirectory, update } from "./directory.fixture.js";
import { baseLdif, people } from "./fixtures.js";

const secondMs = 1_000;
const farFuture = "20991231235959Z";

function timeAgo(ms: number): string {
  return `${new Date(Date.now() - ms).toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
}

function personOf(uid: string, time: string): string {
  const times = `createTimestamp: ${time}\nmodifyTimestamp: ${time}\n`;
  const names = `uid: ${uid}\ncn: x\nsn: x\n`;
  return `dn: uid=${uid},${people}\nobjectClass: inetOrgPerson\n${names}${times}\n`;
}

describeDirectory("times of a real directory", (directory) => {
  const connect = () => directory.connect({ changes: "timestamps", overlapMs: 60 * secondMs });

  test("an entry from the future hides nothing that happens until then", async () => {
    const connector = await connect();
    const token = await begin(connector);
    const object = await directory.createdOne(createUser("now"));
    const report = await reportOf(connector, token);
    expect(report.objects.map((each) => each.anchor)).toEqual([object.anchor]);
    await directory.write([update(object, { title: { after: ["next"] } })]);
    const next = await reportOf(connector, report.token);
    expect(next.objects.map((each) => each.attributes["title"])).toEqual([["next"]]);
    await connector.close();
  });

  test("a change that comes late from another server is told within the overlap", async () => {
    const connector = await connect();
    const token = await begin(connector);
    const dump = await directory.slapd.dump();
    const late = personOf("late", timeAgo(30 * secondMs));
    await directory.slapd.restart(`${dump}\n${late}${personOf("old", timeAgo(600 * secondMs))}`);
    const report = await reportOf(connector, token);
    expect(report.objects.map((each) => each.attributes["uid"])).toEqual([["late"]]);
    await connector.close();
  });

  test("in a directory that was quiet for years the newest entry is found", async () => {
    const old = baseLdif.replace(/^dn: .*$/gm, "$&\nmodifyTimestamp: 20150102030405Z");
    const suffix = "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\n"
      + "o: example\ndc: example\nmodifyTimestamp: 20150102030405Z\n\n";
    await directory.slapd.restart(`${suffix}${old}`.replace(/modify(Timestamp: .*)$/gm,
      "modify$1\ncreate$1"));
    const connector = await connect();
    const token = await begin(connector);
    expect(Buffer.from(token, "base64url").toString("utf8")).toContain('"at":"20150102030405Z"');
    const writer = await directory.connect({});
    const object = await directory.createdOne(createUser("after-years"), writer);
    const { objects } = await reportOf(connector, token);
    expect(objects.map((each) => each.anchor)).toEqual([object.anchor]);
    await writer.close();
    await connector.close();
  });
}, { ldif: `${baseLdif}\n${personOf("future", farFuture)}` });
