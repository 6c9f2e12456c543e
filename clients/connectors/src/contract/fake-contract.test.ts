import { FakeConnector, FakeSystem } from "../fake/index.js";
import { describeConnector } from "./index.js";

let shared: FakeSystem | undefined;

describeConnector({
  name: "fake",
  open: () => {
    const system = new FakeSystem();
    shared = system;
    const connect = (): FakeConnector => new FakeConnector(system);
    return Promise.resolve({
      connector: connect(),
      reconnect: () => Promise.resolve(connect()),
      close: () => Promise.resolve(),
    });
  },
  attributesOf: (kind, number) =>
    kind === "user" ? { login: `person-${number}` } : { name: `group-${number}` },
  kinds: ["user", "group"],
  text: "department",
  many: "mail",
  binary: "photo",
  hasState: true,
  hasChanges: true,
  listens: true,
  forgets: () => shared?.journal.forget(),
});
