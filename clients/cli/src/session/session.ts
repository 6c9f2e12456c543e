import { JoineryClient } from "@joinery/sdk";
import { defaultUrl } from "../config.js";
import { CliError, exitCodes } from "../failure.js";
import type { Surroundings } from "../surroundings.js";
import { normaliseUrl } from "./address.js";
import {
  readSessions,
  writeSessions,
  type KeptSession,
  type KeptSessions,
} from "./session-file.js";

/** Where a command goes: said, of the environment, of the last sign-in, or this machine. */
export interface Place {
  readonly url: string;
  readonly kept: KeptSessions;
  readonly session: KeptSession | null;
}

export interface PlaceOptions {
  readonly url?: string;
  readonly allowHttp?: boolean;
}

export async function findPlace({ config }: Surroundings, options: PlaceOptions): Promise<Place> {
  const kept = await readSessions(config.sessionFile);
  const wanted = options.url ?? config.url ?? kept.current ?? defaultUrl;
  const url = normaliseUrl(wanted, options.allowHttp === true);
  return { url, kept, session: kept.sessions[url] ?? null };
}

/**
 * A client that is signed in there: by `JOINERY_TOKEN`, else by the kept session. Throws
 * NOT_SIGNED_IN; that the session still lives is the server's to say.
 */
export function signedInClient(
  { config, interrupted }: Surroundings,
  { url, session }: Place,
): JoineryClient {
  const token = config.token ?? session?.token ?? null;
  if (token === null) {
    throw new CliError("NOT_SIGNED_IN", `there is no session at ${url}`, {
      exitCode: exitCodes.signedOut,
      details: [`sign in with: joinery sign-in --url ${url}`],
    });
  }
  return new JoineryClient({ url, token, signal: interrupted });
}

/** Keeps what became of the session at one address. */
export async function keepSession(
  { config }: Surroundings,
  { url, kept }: Place,
  session: KeptSession,
): Promise<void> {
  const sessions = { ...kept.sessions, [url]: session };
  await writeSessions(config.sessionFile, { current: url, sessions });
}
