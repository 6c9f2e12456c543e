import { BerReader } from "ldapts";
import {
  loseAnswers, type LosingManner, type LosingProxy, type LosingProxyOptions,
} from "../losing-proxy.fixture.js";
import { FrameReader } from "./frames.js";

/** Tags of requests (RFC 4511 §4). */
export const requestTags = { modify: 0x66, add: 0x68, delete: 0x4a, rename: 0x6c } as const;
export type LosableRequest = keyof typeof requestTags;

/** Stands before a directory and loses the answer to one request of a kind. */
export async function losingProxy(
  options: Pick<LosingProxyOptions, "tls" | "lingerMs"> & {
    readonly target: URL;
    readonly request: LosableRequest;
    /** Which of these requests, from 1, is done and never answered. */
    readonly lost: number | "all";
    readonly manner?: LosingManner;
  },
): Promise<LosingProxy & { readonly url: string }> {
  const { target, request, lost, manner = "cut", tls, lingerMs = 0 } = options;
  const port = Number(target.port || (tls === undefined ? 389 : 636));
  const proxy = await loseAnswers({
    ...(tls === undefined ? {} : { tls }),
    lingerMs,
    fate: (number) => (lost === "all" || number === lost ? manner : undefined),
    target: { host: target.hostname, port },
    requests: () => {
      const frames = new FrameReader(1 << 24);
      return (data) =>
        [...frames.take(data)].filter((frame) => tagOf(frame) === requestTags[request]).length;
    },
  });
  return Object.assign(Object.create(proxy) as LosingProxy, {
    url: `${target.protocol}//${target.hostname}:${proxy.port}`,
  });
}

function tagOf(frame: Buffer): number | null {
  const reader = new BerReader(frame);
  reader.readSequence();
  reader.readInt();
  return reader.readSequence();
}
