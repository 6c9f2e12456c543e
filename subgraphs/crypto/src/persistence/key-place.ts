import type { KeyPurpose, TenantId } from "@joinery/kit";
import { placeOf } from "../domain/place.js";

/** A wrapped key opens only as this version of this purpose of this organisation. */
export function keyPlace(organisation: TenantId, purpose: KeyPurpose, version: number): Buffer {
  return placeOf("joinery.organisation-key.1", organisation, purpose, String(version));
}
