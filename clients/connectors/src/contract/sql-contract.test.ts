import { testServers, type TestDatabase } from "../sql/databases.fixture.js";
import { people, peopleTables, teams } from "../sql/people.fixture.js";
import { byLog, byWatermark, changeTriggers } from "../sql/change-triggers.fixture.js";
import { describeChanges, describeConnector, type ContractOptions } from "./index.js";

for (const server of testServers) {
  let shared: TestDatabase | undefined;
  const running = (): TestDatabase => {
    if (shared === undefined) throw new Error("the database is not up");
    return shared;
  };
  const settings = {
    users: { ...people, changes: byLog("people") }, groups: { ...teams, changes: byLog("teams") },
  };
  const options: ContractOptions = {
    name: `sql on ${server.name}`,
    skip: server.missing,
    open: async () => {
      const database = await server.open();
      shared = database;
      await database.run(
        ...peopleTables(database.dialect), ...changeTriggers(database.dialect),
      );
      const connect = () => database.connect(settings);
      return { connector: await connect(), reconnect: connect, close: () => database.close() };
    },
    attributesOf: (kind, number) =>
      (kind === "user" ? { login: `person-${number}` } : { label: `team-${number}` }),
    kinds: ["user", "group"],
    text: "note",
    many: "mail",
    binary: "photo",
    hasState: true,
    hasChanges: true,
    forgets: async () => { await running().run("delete from people_log"); },
    memberOf: (object) => object.anchor,
    misfits: [
      {
        name: "a wrong password",
        kind: "stop",
        code: "CREDENTIALS_REJECTED",
        connect: () => running().connect({ ...settings, user: `${running().dialect}-nobody` }),
      },
      {
        name: "a server that is not there",
        kind: "retry",
        code: "CONNECTOR_UNREACHABLE",
        connect: () => running().connect({ ...settings, port: 1 }),
      },
      {
        name: "a table that is not there",
        kind: "stop",
        code: "MISCONFIGURED",
        connect: () => running().connect({ users: { ...people, table: "nobody" } }),
      },
      {
        name: "a column that is not there",
        kind: "stop",
        code: "COLUMN_MISSING",
        connect: () => running().connect({ users: { ...people, anchor: "nobody" } }),
      },
    ],
  };
  describeConnector(options);
  const { forgets: _cannot, ...others } = options;
  describeChanges({
    ...others,
    name: `sql by a watermark on ${server.name}`,
    reportsDeletions: false,
    open: async () => {
      const database = await server.open();
      await database.run(
        ...peopleTables(database.dialect), ...changeTriggers(database.dialect),
      );
      const connect = () => database.connect({
        users: { ...people, changes: byWatermark }, groups: { ...teams, changes: byWatermark },
      });
      return { connector: await connect(), reconnect: connect, close: () => database.close() };
    },
  });
}
