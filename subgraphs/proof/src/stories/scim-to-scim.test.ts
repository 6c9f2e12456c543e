import { connectorKinds, reachOf, type Connector } from "@joinery/connectors";
import { describeConnector } from "@joinery/connectors/contract";
import { afterAll, beforeAll } from "vitest";
import { openWorld, type World } from "../support/world.js";

/**
 * The connector for SCIM against the SCIM server: two readings of the same RFCs, by the contract
 * that every connector passes on every system.
 */
let world: World | undefined;
let nth = 0;

beforeAll(async () => { world = await openWorld(); }, 120_000);
afterAll(async () => world?.stop());

/** A connector to an application of its own, in which nobody is. */
async function open(): Promise<() => Promise<Connector>> {
  if (world === undefined) throw new Error("the stack is not up");
  const { graph, stack } = world;
  nth += 1;
  const { addApplication } = await graph.ask<{ addApplication: { application: { id: string } } }>(
    `mutation ($input: AddApplicationInput!) {
       addApplication(input: $input) { application { id } errors { code } }
     }`, { input: {
      key: `p${nth}`, name: `Pushed ${nth}`, connector: "pushed", configuration: {},
    } });
  const { addClient } = await graph.ask<{ addClient: { token: string } }>(
    "mutation ($input: AddClientInput!) { addClient(input: $input) { token errors { code } } }",
    { input: { name: "Ourselves", applicationId: addApplication.application.id } });
  const kind = connectorKinds.get("scim");
  if (kind === undefined) throw new Error("there is no connector for SCIM");
  const configuration = {
    url: `${stack.url}/scim/v2`, allowPlain: true,
    authentication: { kind: "bearer", tokenSecret: "token" }, users: {}, groups: {},
  };
  const problems = kind.validate(configuration);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return () => kind.create(configuration, {
    filesRoot: "/nowhere", reach: reachOf(["127.0.0.0/8"]),
    secret: () => Promise.resolve({ use: (read) => read(addClient.token) }),
  });
}

describeConnector({
  name: "scim, against the SCIM server of Joinery",
  open: async () => {
    const connect = await open();
    return { connector: await connect(), reconnect: connect, close: () => Promise.resolve() };
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
});
