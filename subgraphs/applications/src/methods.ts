import type { ApplicationsMethods, MethodsOf } from "@joinery/kit";
import type { Deps } from "./app/ports.js";
import { serveScim, takesPushes } from "./app/pushed/serve-scim.js";

/** All but `provision`: kit makes our own segment as it makes everybody's. */
type ApplicationsService = MethodsOf<Pick<ApplicationsMethods, "scim" | "takesPushes">>;

/** What the other services may ask; all of it is for services only. */
export function applicationsMethods(deps: Deps): ApplicationsService {
  return {
    scim: (input, actor) => serveScim(deps, actor, input),
    takesPushes: (input, actor) => takesPushes(deps, actor, input),
  };
}
