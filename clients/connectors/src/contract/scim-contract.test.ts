import {
  connectScim, settingsFor, startScimmy, type ScimmyServer,
} from "../scim/scimmy.fixture.js";
import { describeConnector } from "./index.js";

let shared: ScimmyServer | undefined;
const running = (): ScimmyServer => {
  if (shared === undefined) throw new Error("the server is not up");
  return shared;
};

for (const way of ["by PATCH, with our id", "by PUT, found by name, small pages"] as const) {
  const settingsOn = (server: ScimmyServer): Record<string, unknown> => ({
    ...settingsFor(server.url),
    ...(way === "by PATCH, with our id" ? {} : {
      externalId: "free", quirks: { updates: "put" }, users: { pageSize: 20 },
      groups: { pageSize: 2 },
    }),
  });
  describeConnector({
    name: `scim ${way}`,
    open: async () => {
      const server = await startScimmy();
      shared = server;
      const connect = () => connectScim(settingsOn(server));
      return { connector: await connect(), reconnect: connect, close: () => server.stop() };
    },
    attributesOf: (kind, number) => (kind === "user"
      ? { userName: `Person-${number}`, "name.familyName": `Number ${number}` }
      : { displayName: `Group ${number}` }),
    kinds: ["user", "group"],
    text: "title",
    many: "emails",
    binary: "x509Certificates",
    memberOf: ({ anchor }) => anchor,
    hasState: true,
    hasChanges: true,
    reportsDeletions: false,
    misfits: [
      {
        name: "a wrong token",
        kind: "stop",
        code: "CREDENTIALS_REJECTED",
        connect: () => connectScim(settingsOn(running()), { token: "wrong" }),
      },
      {
        name: "a server that is not there",
        kind: "retry",
        code: "CONNECTOR_UNREACHABLE",
        connect: () => connectScim({ ...settingsOn(running()), url: "http://127.0.0.1:1/scim" }),
      },
      {
        name: "an address below which there is no SCIM",
        kind: "stop",
        code: "MISCONFIGURED",
        connect: () => connectScim({ ...settingsOn(running()), url: `${running().url}/none` }),
      },
    ],
  });
}
