import { JoineryError } from "@joinery/kit";

/** A position that PostgreSQL could not even compare with ours. */
export function cursorInvalid(): JoineryError {
  return new JoineryError("CURSOR_INVALID", "this cursor was not given out by this list");
}
