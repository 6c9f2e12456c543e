import {
  identitiesDocument,
  identityDocument,
  JoineryApiError,
  type IdentityQuery,
  type JoineryClient,
} from "@joinery/sdk";
import { CliError } from "./failure.js";
import { printable } from "./output/printable.js";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const shownMax = 10;

/**
 * One identity by id, by its whole label, or by the beginning of a label that only one has. Throws
 * IDENTITY_NOT_FOUND, and IDENTITY_AMBIGUOUS with those it may be.
 */
export async function getIdentity(
  client: JoineryClient,
  idOrLabel: string,
  kind: string,
): Promise<NonNullable<IdentityQuery["identity"]>> {
  const id = uuid.test(idOrLabel) ? idOrLabel : await idOf(client, idOrLabel, kind);
  const { identity } = await client.request(identityDocument, { id });
  if (identity === null) throw notFound();
  return identity;
}

async function idOf(client: JoineryClient, label: string, kind: string): Promise<string> {
  const search = { search: label, kind, first: shownMax + 1 };
  const { nodes } = (await client.request(identitiesDocument, search)).identities;
  const exact = nodes.filter((one) => one.label === label);
  const found = exact.length > 0 ? exact : nodes;
  const [first, second] = found;
  if (!first) throw notFound();
  if (!second) return first.id;
  const more = found.length > shownMax ? ["…"] : [];
  throw new CliError("IDENTITY_AMBIGUOUS", "several identities are called so: say the id", {
    details: [
      ...found.slice(0, shownMax).map((one) => `${one.id}  ${printable(one.label)}`),
      ...more,
    ],
  });
}

function notFound(): JoineryApiError {
  return new JoineryApiError("IDENTITY_NOT_FOUND", "the organisation has no such identity");
}
