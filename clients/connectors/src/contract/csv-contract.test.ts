import { csvKind } from "../csv/csv-kind.js";
import { CsvFolder } from "../csv/fixtures.js";
import { describeConnector } from "./index.js";

const settings = {
  path: "people.csv",
  anchor: "id",
  name: "login",
  mayBeEmpty: true,
  createWhenMissing: true,
  columns: [
    { name: "note" },
    { name: "mail", many: true, separator: "|", caseIgnore: true },
    { name: "photo", type: "binary" },
  ],
  enabled: { column: "state", true: "active", false: "inactive" },
  groups: {
    path: "groups.csv",
    anchor: "id",
    name: "label",
    members: { path: "members.csv", group: "group", member: "member" },
  },
};

for (const [name, more] of Object.entries({
  csv: {},
  "csv in UTF-16 with tabs, single quotes and backslashes": {
    encoding: "utf-16be",
    delimiter: "\t",
    quote: "'",
    escape: "\\",
    lineEnd: "\r\n",
  },
  "csv guarded against formulas, quoted throughout": {
    formulaGuard: true,
    quoting: "all",
    delimiter: ";",
  },
  "csv with members in a column": {
    groups: {
      path: "groups.csv",
      anchor: "id",
      name: "label",
      membersColumn: { column: "members", separator: "|" },
    },
  },
})) {
  describeConnector({
    name,
    open: async () => {
      const folder = await CsvFolder.make();
      const connect = () => folder.connect({ ...settings, ...more });
      return {
        connector: await connect(),
        reconnect: connect,
        close: () => folder[Symbol.asyncDispose](),
      };
    },
    attributesOf: (kind, number) =>
      kind === "user"
        ? { id: `p${number}`, login: `person-${number}` }
        : { id: `g${number}`, label: `group-${number}` },
    kinds: ["user", "group"],
    text: "note",
    many: "mail",
    binary: "photo",
    hasState: true,
    misfits: [
      {
        name: "a file that is not there",
        kind: "stop",
        code: "SOURCE_UNREADABLE",
        connect: () =>
          csvKind.create(
            { path: "none.csv", anchor: "id" },
            {
              filesRoot: import.meta.dirname,
              secret: () => Promise.reject(new Error("there are none")),
            },
          ),
      },
      {
        name: "a file without the anchor",
        kind: "stop",
        code: "COLUMN_MISSING",
        connect: () =>
          csvKind.create(
            { path: "index.ts", anchor: "id", quote: null },
            {
              filesRoot: import.meta.dirname,
              secret: () => Promise.reject(new Error("there are none")),
            },
          ),
      },
    ],
  });
}
