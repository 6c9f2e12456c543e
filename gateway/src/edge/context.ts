import type { Actor } from "@joinery/kit";

/** What the gateway knows of a request: who asks, under which id, and whether the token held. */
export interface EdgeContext {
  readonly actor: Actor;
  readonly requestId: string;
  /** Network address of the caller: for the audit, never for a log. */
  readonly address: string | undefined;
  /** A token was presented and is no living session: only signing in is answered then. */
  readonly sessionInvalid: boolean;
}
