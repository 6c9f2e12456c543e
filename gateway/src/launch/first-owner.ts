import type { LaunchConfig } from "./config.js";
import { callCrypto, type CryptoPlace } from "./crypto-calls.js";
import { keepCredentials, type OwnerCredentials } from "./owner.js";

/**
 * Makes the first organisation and its owner, once in the life of the data folder, and keeps the
 * credentials there. Null when they were handed out before. Throws what `callCrypto` throws.
 */
export async function firstOwner(
  folder: string,
  config: Pick<LaunchConfig, "ownerEmail" | "organisation">,
  place: CryptoPlace,
): Promise<OwnerCredentials | null> {
  const input = { organisationName: config.organisation, ownerEmail: config.ownerEmail };
  const made = await callCrypto(place, "bootstrap", input);
  if (made === null) return null;
  const { slug, email, password } = made;
  const credentials = { organisation: slug, email, password };
  await keepCredentials(folder, credentials);
  return credentials;
}
