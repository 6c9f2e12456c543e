import { JoineryError } from "@joinery/kit";
import { parseEmail, type Email } from "../domain/email.js";
import { parseName, parseSlug, slugOf } from "../domain/names.js";
import { assessPassword } from "../domain/password.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Secret } from "../domain/secret.js";
import type { Caller, Deps, NewOrganisation, Organisation } from "./ports.js";
import { claimMs, provisionClaimed } from "./provision-organisation.js";
import { requireService } from "./require-person.js";

export interface CreateOrganisationInput {
  readonly name: string;
  /** Null: made of the name. */
  readonly slug: string | null;
  readonly owner: { readonly email: string; readonly name: string; readonly password: Secret };
}

/**
 * Makes an organisation with its first owner: row, keys and owner in one transaction, then a
 * segment in every service, then into service. Idempotent by slug until then. Answers
 * NAME_INVALID, SLUG_INVALID, SLUG_TAKEN, EMAIL_INVALID, PROVISIONING_RUNNING and what
 * `assessPassword` answers; throws PROVISIONING_INCOMPLETE, FORBIDDEN to everyone but services.
 */
export async function createOrganisation(
  deps: Deps,
  by: Caller,
  input: CreateOrganisationInput,
): Promise<Outcome<Pick<Organisation, "id" | "slug">>> {
  requireService(by.actor);
  const parsed = parse(input);
  if (!parsed.ok) return parsed;
  const { name, slug, owner } = parsed.value;
  const existing = await deps.organisations.findBySlug(slug);
  if (existing) return resume(deps, by, existing);
  const id = deps.newTenantId();
  const added = await addOrganisation(deps, { id, name, slug, first: false }, owner);
  if (!added) return refuse("SLUG_TAKEN");
  await provisionClaimed(deps, by, { id, name, slug });
  return accept({ id, slug });
}

interface Parsed {
  readonly name: string;
  readonly slug: string;
  readonly owner: { readonly email: Email; readonly name: string; readonly password: Secret };
}

function parse({ owner, ...input }: CreateOrganisationInput): Outcome<Parsed> {
  const name = parseName(input.name);
  if (!name.ok) return name;
  const slug = parseSlug(input.slug ?? slugOf(name.value));
  if (!slug.ok) return slug;
  const email = parseEmail(owner.email);
  if (!email.ok) return email;
  const ownerName = parseName(owner.name);
  if (!ownerName.ok) return ownerName;
  const known = [name.value, slug.value, email.value.address, ownerName.value];
  const assessed = assessPassword(owner.password, known);
  if (!assessed.ok) return assessed;
  const person = { email: email.value, name: ownerName.value, password: owner.password };
  return accept({ name: name.value, slug: slug.value, owner: person });
}

/** Completes what an earlier call began; its owner stays as that call made them. */
async function resume(
  deps: Deps,
  by: Caller,
  found: Organisation,
): Promise<Outcome<Pick<Organisation, "id" | "slug">>> {
  if (found.state !== "provisioning") return refuse("SLUG_TAKEN");
  const now = deps.clock();
  const until = new Date(now.getTime() + claimMs);
  const claimed = await deps.organisations.claim(found.id, now, until);
  if (!claimed) return refuse("PROVISIONING_RUNNING");
  await provisionClaimed(deps, by, found);
  return accept({ id: found.id, slug: found.slug });
}

/** Claimed for the caller. False when the slug, or the place of the first, is taken. */
export async function addOrganisation(
  deps: Deps,
  organisation: Omit<NewOrganisation, "owner">,
  owner: Parsed["owner"],
): Promise<boolean> {
  const now = deps.clock();
  const passwordHash = await deps.passwords.hash(owner.password);
  const id = await deps.operators.personOf(owner.email, now);
  const { email, name } = owner;
  const until = new Date(now.getTime() + claimMs);
  const person = { id, email, name, role: "owner" as const, passwordHash };
  return deps.organisations.add({ ...organisation, owner: person }, now, until);
}

/** Makes a refusal of the values above an error, for callers that expect none. */
export function orThrow<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { code, message, organisations } = outcome.error;
  const which = organisations === undefined ? "" : ` (${organisations.join(", ")})`;
  throw new JoineryError(code, `${message}${which}`);
}
