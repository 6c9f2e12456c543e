import type { Msg, NatsConnection, SubscriptionOptions } from "@nats-io/transport-node";

/** Shares of messages to which each thing happens. */
export interface Faults {
  /** The broker says that it has stored a message, and has not. */
  readonly lost: number;
  /** A message is stored twice, or delivered twice. */
  readonly doubled: number;
  /** A message is delivered after later ones. */
  readonly reordered: number;
  /** A delivery never arrives. */
  readonly dropped: number;
  /** A delivery arrives when it has long been given up. */
  readonly delayed: number;
  /** A message is stored and its answer is lost. */
  readonly unanswered: number;
}

/** TRUST D7. */
export const hardFaults: Faults = {
  lost: 0.03,
  doubled: 0.1,
  reordered: 0.1,
  dropped: 0.05,
  delayed: 0.05,
  unanswered: 0.03,
};

/** How often each fault has happened. */
export type FaultCounts = Record<keyof Faults, number>;

/** A connection on which events meet faults; the rest of the protocol goes through untouched. */
export function faultyBroker(
  nats: NatsConnection,
  random: () => number,
  faults: Faults,
  delayMs: number,
): { nats: NatsConnection; counts: FaultCounts } {
  const counts = { lost: 0, doubled: 0, reordered: 0, dropped: 0, delayed: 0, unanswered: 0 };
  const hit = (fault: keyof Faults): boolean => {
    if (random() >= faults[fault]) return false;
    counts[fault] += 1;
    return true;
  };
  const faulty = new Proxy(nats, {
    get(target, property): unknown {
      if (property === "request") return publishing(target, hit);
      if (property === "subscribe") return receiving(target, hit, random, delayMs);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { nats: faulty, counts };
}

type Hit = (fault: keyof Faults) => boolean;

function publishing(nats: NatsConnection, hit: Hit): NatsConnection["request"] {
  return async (subject, payload, options) => {
    if (!isEvent(subject)) return nats.request(subject, payload, options);
    if (hit("lost")) return answer({ stream: "lost", seq: 1 });
    if (hit("doubled")) nats.publish(subject, payload);
    const reply = await nats.request(subject, payload, options);
    if (hit("unanswered")) throw new Error("the answer was lost");
    return reply;
  };
}

function receiving(
  nats: NatsConnection,
  hit: Hit,
  random: () => number,
  delayMs: number,
): NatsConnection["subscribe"] {
  return (subject, options: SubscriptionOptions = {}) => {
    const { callback } = options;
    if (callback === undefined) return nats.subscribe(subject, options);
    const held: (() => void)[] = [];
    return nats.subscribe(subject, {
      ...options,
      callback: (error, message) => {
        const deliver = () => {
          // A callback of the client's; what it returns is never awaited.
          callback(error, message) as undefined;
        };
        if (message.reply?.startsWith("$JS.ACK.") !== true) {
          deliver();
          return;
        }
        if (hit("dropped")) return;
        if (hit("delayed")) {
          setTimeout(deliver, delayMs * (0.5 + random()));
          return;
        }
        if (hit("reordered")) {
          held.push(deliver);
          setTimeout(() => {
            for (const late of held.splice(0)) late();
          }, 30);
          return;
        }
        deliver();
        for (const late of held.splice(0)) late();
        if (hit("doubled")) deliver();
      },
    });
  };
}

function isEvent(subject: string): boolean {
  return /^[^.]+\.[^.]+\.[^.]+\.(batch|pulse)\./.test(subject);
}

function answer(ack: object): Msg {
  const text = JSON.stringify(ack);
  return {
    subject: "",
    sid: 0,
    data: new TextEncoder().encode(text),
    respond: () => false,
    json: <T>() => JSON.parse(text) as T,
    string: () => text,
  };
}
