import { randomBytes } from "node:crypto";
import { insertOutbox } from "@joinery/events";
import { keyPurposes, type CatalogueTransaction, type Door, type TenantId } from "@joinery/kit";
import type {
  NewOrganisation, Organisation, OrganisationState, OrganisationStore, Trail,
} from "../app/ports.js";
import type { MasterKey } from "./master-key.js";
import { keyPlace } from "./key-place.js";
import {
  InstallationRow, OperatorRoleRow, OrganisationKeyRow, OrganisationRow,
} from "./rows.js";

/** Organisations, and the one row that remembers the first of them. */
export class SqlOrganisationStore implements OrganisationStore {
  readonly #door: Door;
  readonly #master: MasterKey;

  constructor(door: Door, master: MasterKey) {
    this.#door = door;
    this.#master = master;
  }

  async find(id: TenantId): Promise<Organisation | null> {
    return this.#door.withCatalogue(({ em }) => em.findOne(OrganisationRow, { id }));
  }

  async findBySlug(slug: string): Promise<Organisation | null> {
    return this.#door.withCatalogue(({ em }) => em.findOne(OrganisationRow, { slug }));
  }

  async list(state: OrganisationState): Promise<readonly Organisation[]> {
    return this.#door.withCatalogue(({ em }) =>
      em.find(OrganisationRow, { state }, { orderBy: { createdAt: "asc", id: "asc" } }),
    );
  }

  async add(organisation: NewOrganisation, now: Date, claimedUntil: Date): Promise<boolean> {
    return this.#door.withCatalogue(async (tx) => {
      const { id, name, slug, first, owner } = organisation;
      if (first && (await isFirstTaken(tx))) return false;
      const inserted = await tx.execute(
        `insert into organisation (id, name, slug, state, claimed_until, created_at)
         values ($1, $2, $3, 'provisioning', $4, $5) on conflict do nothing`,
        [id, name, slug, claimedUntil, now],
      );
      if (inserted === 0) return false;
      await tx.em.insertMany(OrganisationKeyRow, this.#newKeys(id, now));
      await tx.em.insert(OperatorRoleRow, {
        organisationId: id,
        operatorId: owner.id,
        email: owner.email.address,
        name: owner.name,
        role: owner.role,
        state: "active",
        passwordHash: owner.passwordHash,
        passwordSetAt: now,
        createdAt: now,
      });
      if (first) await tx.em.nativeUpdate(InstallationRow, { id: true }, { firstOrganisation: id });
      return true;
    });
  }

  #newKeys(organisationId: TenantId, createdAt: Date) {
    return keyPurposes.map((purpose) => {
      const place = keyPlace(organisationId, purpose, 1);
      const wrapped = this.#master.wrap(randomBytes(32), place);
      return { organisationId, purpose, version: 1, wrapped, createdAt };
    });
  }

  async claim(id: TenantId, now: Date, until: Date): Promise<boolean> {
    return this.#door.withCatalogue(async (tx) => {
      const claimed = await tx.execute(
        `update organisation set claimed_until = $3
         where id = $1 and state = 'provisioning'
           and (claimed_until is null or claimed_until <= $2)`,
        [id, now, until],
      );
      return claimed === 1;
    });
  }

  async releaseClaim(id: TenantId): Promise<void> {
    await this.#door.withCatalogue(({ em }) =>
      em.nativeUpdate(OrganisationRow, { id }, { claimedUntil: null }),
    );
  }

  async activate(id: TenantId, now: Date, trail: Trail): Promise<boolean> {
    return this.#door.withCatalogue(async (tx) => {
      const changed = await tx.em.nativeUpdate(
        OrganisationRow,
        { id, state: "provisioning" },
        { state: "active", activatedAt: now, claimedUntil: null },
      );
      if (changed === 0) return false;
      await insertOutbox(tx.client, trail);
      return true;
    });
  }

  async first(): Promise<{ readonly id: TenantId | null; readonly passwordIssued: boolean }> {
    return this.#door.withCatalogue(async ({ em }) => {
      const row = await em.findOneOrFail(InstallationRow, { id: true });
      return { id: row.firstOrganisation ?? null, passwordIssued: row.passwordIssuedAt !== null };
    });
  }

  async issueFirstPassword(owner: string, passwordHash: string, now: Date): Promise<boolean> {
    return this.#door.withCatalogue(async ({ em }) => {
      const issued = await em.nativeUpdate(
        InstallationRow,
        { id: true, passwordIssuedAt: null },
        { passwordIssuedAt: now },
      );
      if (issued === 0) return false;
      const { firstOrganisation } = await em.findOneOrFail(InstallationRow, { id: true });
      const key = { organisationId: firstOrganisation ?? "", operatorId: owner };
      await em.nativeUpdate(OperatorRoleRow, key, { passwordHash, passwordSetAt: now });
      return true;
    });
  }
}

/** Locks the row, so that two first starts at once make one organisation. */
async function isFirstTaken(tx: CatalogueTransaction): Promise<boolean> {
  const [row] = await tx.query<{ first_organisation: string | null }>(
    "select first_organisation from installation for update",
  );
  return row?.first_organisation !== null;
}
