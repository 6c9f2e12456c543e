import { JoineryError, type TenantId } from "@joinery/kit";
import { parseEmail } from "../domain/email.js";
import { generatedPasswordBytes, toGeneratedPassword } from "../domain/generated-password.js";
import { parseName, slugOf } from "../domain/names.js";
import type { Secret } from "../domain/secret.js";
import { addOrganisation, orThrow } from "./create-organisation.js";
import type { Caller, Deps, Organisation } from "./ports.js";
import { claimMs, provisionClaimed } from "./provision-organisation.js";
import { requireService } from "./require-person.js";

export interface FirstOwner {
  readonly organisation: TenantId;
  readonly slug: string;
  readonly email: string;
  readonly password: Secret;
}

/**
 * Makes the first organisation and its owner. The password is answered once, by the first call that
 * finds the organisation in service; whatever a call that died before had chosen is replaced. Later
 * calls answer null. Throws PROVISIONING_INCOMPLETE or PROVISIONING_RUNNING: call again.
 */
export async function bootstrap(
  deps: Deps,
  by: Caller,
  input: { readonly organisationName: string; readonly ownerEmail: string },
): Promise<FirstOwner | null> {
  requireService(by.actor);
  const { id, passwordIssued } = await deps.organisations.first();
  if (passwordIssued) return null;
  const organisation = id === null ? await begin(deps, input) : await deps.organisations.find(id);
  if (!organisation) throw new JoineryError("ORGANISATION_NOT_FOUND", "no first organisation");
  if (organisation.state === "provisioning") await complete(deps, by, organisation, id === null);
  return issue(deps, organisation);
}

async function begin(
  deps: Deps,
  input: { readonly organisationName: string; readonly ownerEmail: string },
): Promise<Organisation> {
  const name = orThrow(parseName(input.organisationName));
  const email = orThrow(parseEmail(input.ownerEmail));
  const first = { id: deps.newTenantId(), name, slug: slugOf(name), first: true };
  const owner = { email, name: email.address, password: newPassword(deps) };
  if (await addOrganisation(deps, first, owner)) {
    return { ...first, state: "provisioning", createdAt: deps.clock() };
  }
  throw new JoineryError("PROVISIONING_RUNNING", "somebody else makes the first organisation");
}

async function complete(deps: Deps, by: Caller, organisation: Organisation, claimed: boolean) {
  const now = deps.clock();
  const until = new Date(now.getTime() + claimMs);
  if (!claimed && !(await deps.organisations.claim(organisation.id, now, until))) {
    throw new JoineryError("PROVISIONING_RUNNING", "this organisation is being made right now");
  }
  await provisionClaimed(deps, by, organisation);
}

/** Null when another call was faster. */
async function issue(deps: Deps, organisation: Organisation): Promise<FirstOwner | null> {
  const [owner] = await deps.operators.active(organisation.id, ["owner"]);
  if (!owner) throw new JoineryError("OPERATOR_NOT_FOUND", "the first organisation has no owner");
  const password = newPassword(deps);
  const hash = await deps.passwords.hash(password);
  const issued = await deps.organisations.issueFirstPassword(owner.id, hash, deps.clock());
  if (!issued) return null;
  return { organisation: organisation.id, slug: organisation.slug, email: owner.email, password };
}

function newPassword(deps: Deps): Secret {
  return toGeneratedPassword(deps.random(generatedPasswordBytes));
}
