import type { Caller, Deps } from "./ports.js";
import { requirePerson } from "./require-person.js";

/** Ends the session that asks, or all of this operator in this organisation. Answers how many. */
export async function signOut(
  deps: Deps,
  by: Caller,
  input: { readonly everywhere: boolean },
): Promise<number> {
  const { tenant, id, session } = requirePerson(by.actor);
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: input.everywhere ? "session.closeAll" : "session.close",
    target: { kind: "operator", id },
    before: { session },
  });
  const which = input.everywhere ? "all" : session;
  const because = input.everywhere ? "everywhere" : "signed-out";
  return deps.sessions.end(tenant, id, which, because, deps.clock(), trail);
}
