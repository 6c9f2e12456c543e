import { connectJson, exampleFor, HrApi } from "../http-json/hr-api.fixture.js";
import { describeChanges, describeConnector, type ContractOptions } from "./index.js";

type Json = Record<string, unknown>;

let shared: HrApi | undefined;
const running = (): HrApi => {
  if (shared === undefined) throw new Error("the server is not up");
  return shared;
};
const settings = (): Promise<Json> => exampleFor("hr-rest-api", running().origin);

const options: ContractOptions = {
  name: "http-json to an HR system, by tokens of changes",
  open: async () => {
    const api = await HrApi.start();
    shared = api;
    const connect = async () => connectJson(await settings());
    return {
      connector: await connect(), reconnect: connect, close: () => api[Symbol.asyncDispose](),
    };
  },
  attributesOf: (kind, number) => (kind === "user"
    ? { login: `Person-${number}`, familyName: `Number ${number}`, badge: number }
    : { label: `Team ${number}` }),
  kinds: ["user", "group"],
  text: "note",
  many: "emails",
  binary: "photo",
  memberOf: ({ anchor }) => anchor,
  hasState: true,
  hasChanges: true,
  forgets: () => { running().forget(); },
  misfits: [
    {
      name: "a wrong secret",
      kind: "stop",
      code: "CREDENTIALS_REJECTED",
      connect: async () => connectJson(await settings(), { "hr-client": "wrong" }),
    },
    {
      name: "a server that is not there",
      kind: "retry",
      code: "CONNECTOR_UNREACHABLE",
      connect: async () => connectJson({
        ...await settings(), url: "http://127.0.0.1:1", authentication: { kind: "none" },
        retries: { max: 1 },
      }),
    },
    {
      name: "an address below which there are no lists",
      kind: "stop",
      code: "MISCONFIGURED",
      connect: async () => connectJson({ ...await settings(), url: `${running().origin}/none` }),
    },
  ],
};
describeConnector(options);

const { forgets: _cannot, ...others } = options;
describeChanges({
  ...others,
  name: "http-json to an HR system, by a time",
  reportsDeletions: false,
  open: async () => {
    const api = await HrApi.start();
    const { users, groups, ...rest } = await exampleFor("hr-rest-api", api.origin) as {
      readonly users: { readonly list: object }; readonly groups: { readonly list: object };
    };
    const changes = {
      kind: "since", query: { updatedSince: "{since}" }, overlapMs: 5_000,
    };
    const connect = () => connectJson({
      ...rest,
      users: { ...users, list: {
        ...users.list, changes, paging: { kind: "offset", size: 7 },
        total: { header: "X-Total-Count" },
      } },
      groups: { ...groups, list: { ...groups.list, changes } },
    });
    return {
      connector: await connect(), reconnect: connect, close: () => api[Symbol.asyncDispose](),
    };
  },
});
