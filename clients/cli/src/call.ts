import type { JoineryClient } from "@joinery/sdk";
import type { Command } from "commander";
import type { Answer, Output } from "./output/output.js";
import { findPlace, signedInClient, type Place } from "./session/session.js";
import type { Surroundings } from "./surroundings.js";

/** Options that every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly json?: boolean;
  readonly color?: boolean;
  readonly allowHttp?: boolean;
}

/** One call of one command. */
export interface Call {
  readonly surroundings: Surroundings;
  readonly output: Output;
  /** Which Joinery it goes to, and the session there. */
  readonly place: () => Promise<Place>;
  /** Signed in there. Throws NOT_SIGNED_IN. */
  readonly client: () => Promise<JoineryClient>;
}

/** How a command runs: what it answers is printed; nothing is, when it said everything itself. */
export type Act = (
  command: Command,
  run: (call: Call) => Promise<Answer | undefined>,
) => Promise<void>;

export function callWith(surroundings: Surroundings, output: Output, options: GlobalOptions): Call {
  const place = () => findPlace(surroundings, options);
  return {
    surroundings,
    output,
    place,
    client: async () => signedInClient(surroundings, await place()),
  };
}
