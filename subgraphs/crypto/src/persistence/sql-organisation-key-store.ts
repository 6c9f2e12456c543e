import {
  JoineryError, keyPurposes, type Door, type KeyLease, type KeyPurpose, type TenantId,
} from "@joinery/kit";
import type { OrganisationKeyStore } from "../app/ports.js";
import { keyPlace } from "./key-place.js";
import type { MasterKey } from "./master-key.js";
import { OrganisationKeyRow, OrganisationRow } from "./rows.js";

/** Unwraps an organisation's keys, all or none. */
export class SqlOrganisationKeyStore implements OrganisationKeyStore {
  readonly #door: Door;
  readonly #master: MasterKey;

  constructor(door: Door, master: MasterKey) {
    this.#door = door;
    this.#master = master;
  }

  async lease(tenant: TenantId): Promise<KeyLease["keys"]> {
    const orderBy = { version: "asc" } as const;
    const [organisation, rows] = await this.#door.withCatalogue(async ({ em }) => [
      await em.findOne(OrganisationRow, { id: tenant }),
      await em.find(OrganisationKeyRow, { organisationId: tenant }, { orderBy }),
    ]);
    if (!organisation) {
      throw new JoineryError("ORGANISATION_NOT_FOUND", "there is no such organisation");
    }
    if (organisation.state === "destroyed") throw destroyed();
    const keys: Record<KeyPurpose, { version: number; key: string }[]> = {
      data: [], blindIndex: [], digest: [], event: [],
    };
    for (const { purpose, version, wrapped } of rows) {
      if (!wrapped) continue;
      const plain = this.#master.unwrap(wrapped, keyPlace(tenant, purpose, version));
      keys[purpose].push({ version, key: plain.toString("base64") });
      plain.fill(0);
    }
    if (keyPurposes.some((purpose) => keys[purpose].length === 0)) throw destroyed();
    return keys;
  }
}

function destroyed(): JoineryError {
  return new JoineryError("KEYS_DESTROYED", "the keys of this organisation were destroyed");
}
