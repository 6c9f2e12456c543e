import {
  roles, type Actor, type CryptoMethods, type MethodsOf, type Role,
} from "@joinery/kit";
import { bootstrap } from "./app/bootstrap.js";
import { resolveClient } from "./app/clients.js";
import { createOrganisation, orThrow } from "./app/create-organisation.js";
import { makeInitialPasswords, settleInitialPasswords } from "./app/initial-passwords.js";
import { leaseKeys } from "./app/lease-keys.js";
import { openSecret } from "./app/open-secret.js";
import { listOrganisations } from "./app/organisations.js";
import type { Caller, Deps } from "./app/ports.js";
import { listRecipients } from "./app/read-operators.js";
import { recoverOperator } from "./app/recover-operator.js";
import { requireService } from "./app/require-person.js";
import { resolveSession } from "./app/resolve-session.js";
import { Secret } from "./domain/secret.js";

type Offered =
  | "leaseKeys" | "openSecret" | "resolveSession" | "listOrganisations" | "listRecipients"
  | "operatorNames" | "createOrganisation" | "bootstrap" | "recoverOperator"
  | "makeInitialPasswords" | "settleInitialPasswords"
  | "resolveClient";

/** All but `provision`: kit makes our own segment as it makes everybody's. */
export type CryptoService = MethodsOf<Pick<CryptoMethods, Offered>>;

/** What the other services may ask; all of it is for services only. */
export function cryptoMethods(deps: Deps): CryptoService {
  const by = (actor: Actor): Caller => ({ actor, requestId: deps.newId() });
  return {
    leaseKeys: ({ tenant }, actor) => leaseKeys(deps, actor, tenant),
    openSecret: (input, actor) => openSecret(deps, actor, input),
    makeInitialPasswords: (input, actor) => makeInitialPasswords(deps, actor, input),
    settleInitialPasswords: (input, actor) => settleInitialPasswords(deps, actor, input),
    resolveSession: async ({ token }, actor) => {
      requireService(actor);
      return resolveSession(deps, token);
    },
    resolveClient: (input, actor) => resolveClient(deps, actor, input),
    listOrganisations: async (_, actor) => {
      requireService(actor);
      return listOrganisations(deps);
    },
    listRecipients: async ({ tenant, roles: wanted }, actor) => {
      requireService(actor);
      return listRecipients(deps, { tenant, roles: wanted.filter(isRole) });
    },
    operatorNames: async ({ tenant, ids }, actor) => {
      requireService(actor);
      const found = await deps.operators.findMany(tenant, ids);
      return found.map(({ id, name }) => ({ id, name }));
    },
    createOrganisation: async ({ name, slug, owner }, actor) => {
      const person = { ...owner, password: new Secret(owner.password) };
      const made = await createOrganisation(deps, by(actor), { name, slug, owner: person });
      const { id, slug: known } = orThrow(made);
      return { id, slug: known };
    },
    bootstrap: async (input, actor) => {
      const made = await bootstrap(deps, by(actor), input);
      return made && { ...made, password: made.password.use((plain) => plain) };
    },
    recoverOperator: async (input, actor) => {
      const { slug, password } = orThrow(await recoverOperator(deps, by(actor), input));
      return { slug, password: password.use((plain) => plain) };
    },
  };
}

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}
