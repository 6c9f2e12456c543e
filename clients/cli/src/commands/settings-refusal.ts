import { JoineryApiError } from "@joinery/sdk";
import { CliError } from "../failure.js";
import { printable } from "../output/printable.js";

/** What a mutation of settings was refused for, every problem on a line of its own. */
export function settingsRefusal({ errors: [first], problems }: {
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly problems: readonly { readonly setting: string; readonly message: string }[];
}): Error {
  if (!first) return new JoineryApiError("ANSWER_UNREADABLE", "neither done nor refused");
  const details = problems.map(({ setting, message }) => printable(`${setting} ${message}`));
  return new CliError(first.code, first.message, { details });
}
