import { clientActor, type Actor, type Log } from "@joinery/kit";
import type { RequestHandler, Response } from "express";
import { admitClient } from "./admit-client.js";
import { bearerToken } from "./bearer-token.js";
import type { PushClients } from "./push-clients.js";

/** All that a client's token opens of the graph; a new operation is closed until it stands here. */
export const clientOperations: ReadonlySet<string> = new Set(["pushAccounts", "pushDeletions"]);

const clientToken = /^jnc_/;

/**
 * Whoever comes to the graph with a client's token is that client, within the bounds that it has
 * for SCIM; everybody else passes by. Refused before the body is read.
 */
export function clientsOfGraph(clients: PushClients, log: Log): RequestHandler {
  return async (request, response, next) => {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined || !clientToken.test(token)) {
      next();
      return;
    }
    const admitted = await admitClient({ clients, log }, token, request, response);
    switch (admitted.kind) {
      case "in":
        response.locals["clientActor"] = clientActor(admitted.client);
        next();
        return;
      case "unknown":
        refuse(response, 401, "CLIENT_INVALID", "the token is unknown, expired or revoked");
        return;
      case "wait": {
        const { retryAfterSeconds } = admitted;
        refuse(response, 429, "CLIENT_TOO_FAST", "wait before the next one", { retryAfterSeconds });
        return;
      }
      case "unchecked":
        refuse(response, 503, "SERVICE_UNREACHABLE", "tokens cannot be checked: try again");
        break;
      case "gone":
        break;
    }
  };
}

/** The client that was let in. */
export function admittedClient(response: Response): Actor | undefined {
  return response.locals["clientActor"] as Actor | undefined;
}

function refuse(
  response: Response,
  status: number,
  code: string,
  message: string,
  fields: object = {},
): void {
  response.status(status).json({ errors: [{ message, extensions: { code, ...fields } }] });
}
