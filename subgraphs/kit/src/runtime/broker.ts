import { connectBroker, type BrokerConnection } from "../services/nats-connection.js";
import type { Readiness } from "./health.js";
import type { ProcessRuntime } from "./host.js";
import type { StopList } from "./stop.js";

/** This process's connection to the broker, which may come late and be away for a while. */
export interface Broker {
  readonly connection: Promise<BrokerConnection>;
  /** Whether the broker answers now. */
  readonly readiness: Readiness;
}

/** Connects in the background, so a process starts without the broker. */
export function openBroker({ config, role }: ProcessRuntime, stops: StopList): Broker {
  let opened: BrokerConnection | undefined;
  let isThere = false;
  const connection = connectBroker(config.natsUrl, `joinery ${role}`).then((nats) => {
    opened = nats;
    isThere = true;
    void follow(nats, (there) => (isThere = there));
    return nats;
  });
  // Whoever uses it hears of it; who only asks whether it is there sees that it is not.
  connection.catch(() => undefined);
  stops.add("broker", async () => {
    await opened?.close();
  });
  const check = async () => {
    // Asked for while it is away, an answer would be waited for until it is back.
    if (opened === undefined || !isThere) throw new Error("the broker is away");
    await opened.flush();
  };
  return { connection, readiness: { name: "broker", check } };
}

async function follow(nats: BrokerConnection, note: (there: boolean) => void): Promise<void> {
  for await (const { type } of nats.status()) {
    if (type === "disconnect" || type === "close") note(false);
    if (type === "reconnect") note(true);
  }
}
