import type { Application } from "./application.js";
import type { Problem } from "./validate.js";

type Ways = Pick<Application, "imports" | "provisions">;

/**
 * Whether an application is read and written to, by what it was and what is wished. Whoever
 * chooses that it is written to chooses that it is read: no create leaves before one complete
 * import. Whoever wants to read no more has to give up writing first.
 */
export function waysOf(
  before: Ways,
  wish: Partial<Ways>,
): Ways & { readonly problems: readonly Problem[] } {
  const imports = wish.imports ?? (wish.provisions === true ? true : before.imports);
  const provisions = wish.provisions ?? before.provisions;
  if (imports || !provisions) return { imports, provisions, problems: [] };
  const message = "stays on while `provisions` is: what is not read is not written to";
  return { imports, provisions, problems: [{ setting: "imports", message }] };
}
