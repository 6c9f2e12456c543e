import { Router, json } from "express";
import { codeOf, JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import type { InternalMethods } from "./calls.js";
import type { InternalTokens } from "./token.js";

/**
 * Serves a service's internal methods at `/internal/<method>`; every call needs the internal token.
 */
export function internalEndpoint(
  service: string,
  methods: InternalMethods,
  tokens: InternalTokens,
  log: Log,
): Router {
  const router = Router();
  const body = json({ limit: "4mb", strict: false });
  router.post("/internal/:method", body, async (request, response) => {
    try {
      const actor = await tokens.verify(service, bearerOf(request.headers.authorization));
      if (actor.kind !== "service") throw new JoineryError("FORBIDDEN", "services only");
      const name = String(request.params["method"]);
      const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (!method) throw new JoineryError("NOT_FOUND", "no such internal method");
      response.json((await method(request.body as never, actor)) ?? null);
    } catch (error) {
      const code = codeOf(error);
      const known = error instanceof JoineryError;
      if (!known) {
        log.error("internal call failed", error, { method: String(request.params["method"]) });
      }
      const status = code === "INTERNAL_TOKEN_REFUSED" ? 401 : known ? 422 : 500;
      response.status(status).json({ code, message: known ? error.message : "internal error" });
    }
  });
  return router;
}

export function bearerOf(header: string | undefined): string | undefined {
  return header?.startsWith("Bearer ") ? header.slice("Bearer ".length) : undefined;
}
