import { connect, type NatsConnection } from "@nats-io/transport-node";
import { natsAddress } from "./nats-address.js";

export type BrokerConnection = NatsConnection;

/**
 * A connection that waits for the broker, however long it is away, at the start and later. Nothing
 * is lost meanwhile: events wait in their outbox.
 */
export function connectBroker(url: string, name: string): Promise<BrokerConnection> {
  return connect({
    ...natsAddress(url),
    name,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    noAsyncTraces: true,
  });
}
