import type { TenantTransaction } from "@joinery/kit";
import type { InferEntity } from "@mikro-orm/core";
import type { RuleSetVersion } from "../domain/rule-set-version.js";
import { RuleSetVersionRow } from "./rows.js";

type Row = InferEntity<typeof RuleSetVersionRow>;
type NewVersion = Omit<RuleSetVersion, "version" | "publishedAt" | "activatedAt" | "state">;

/** Adds the next version as a draft. Versions are given one at a time within the organisation. */
export async function addDraft(tx: TenantTransaction, draft: NewVersion): Promise<RuleSetVersion> {
  await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`rules ${tx.tenant}`]);
  const last = await tx.em.findAll(RuleSetVersionRow, {
    orderBy: { version: "desc" },
    limit: 1,
    fields: ["version"],
  });
  const row = tx.em.create(RuleSetVersionRow, {
    ...draft,
    version: (last[0]?.version ?? 0) + 1,
    state: "draft",
    publishedAt: null,
    activatedAt: null,
    storedBy: [],
  });
  await tx.em.persist(row).flush();
  return toVersion(row);
}

export async function findVersion(
  tx: TenantTransaction,
  version: number,
): Promise<RuleSetVersion | null> {
  const row = await tx.em.findOne(RuleSetVersionRow, { version });
  return row ? toVersion(row) : null;
}

export async function findActive(tx: TenantTransaction): Promise<RuleSetVersion | null> {
  const row = await tx.em.findOne(RuleSetVersionRow, { state: "active" });
  return row ? toVersion(row) : null;
}

/** Newest first; one row more than `first` when others follow. */
export async function pageVersions(
  tx: TenantTransaction,
  first: number,
  before: number | null,
): Promise<RuleSetVersion[]> {
  const where = before === null ? {} : { version: { $lt: before } };
  const rows = await tx.em.find(RuleSetVersionRow, where, {
    orderBy: { version: "desc" },
    limit: first + 1,
  });
  return rows.map(toVersion);
}

export async function markPublished(
  tx: TenantTransaction,
  version: number,
  at: Date,
): Promise<void> {
  await tx.em.nativeUpdate(
    RuleSetVersionRow,
    { version, state: "draft" },
    { state: "published", publishedAt: at },
  );
}

/**
 * Notes that a service holds the bundle. Answers the version when it became active by that: the
 * newest published one that both hold; an older one never replaces a newer.
 */
export async function markStored(
  tx: TenantTransaction,
  service: string,
  hash: string,
  version: number,
  now: Date,
): Promise<RuleSetVersion | null> {
  const row = await tx.em.findOne(RuleSetVersionRow, { version, hash }, { lockMode: 4 });
  if (!row) return null;
  row.storedBy = [...new Set([...row.storedBy, service])].toSorted();
  await tx.em.flush();
  const everybody = ["applications", "vault"].every((each) => row.storedBy.includes(each));
  if (!everybody || row.state !== "published") return null;
  const active = await tx.em.findOne(RuleSetVersionRow, { state: "active" });
  if (active && active.version > version) {
    row.state = "retired";
    await tx.em.flush();
    return null;
  }
  if (active) {
    active.state = "retired";
    await tx.em.flush();
  }
  row.state = "active";
  row.activatedAt = now;
  await tx.em.flush();
  return toVersion(row);
}

function toVersion(row: Row): RuleSetVersion {
  const { version, hash, state, body, note, createdBy, createdAt } = row;
  return {
    version, hash, state, body, note, createdBy, createdAt,
    publishedAt: row.publishedAt ?? null,
    activatedAt: row.activatedAt ?? null,
  };
}
