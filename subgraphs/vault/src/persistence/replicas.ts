import { createHash } from "node:crypto";
import type { AttributeSchema, ObjectKind } from "@joinery/engine";
import type { TenantTransaction } from "@joinery/kit";
import type { SourceApplication } from "../domain/accounts.js";

/** An application as `applications` told of it. */
export interface ApplicationReplica extends SourceApplication {
  readonly state: "active" | "deleted";
  readonly schema: { readonly [K in ObjectKind]?: readonly AttributeSchema[] };
  /** What it brings waits for people to sign it off. */
  readonly signOff?: boolean;
}

/** Older revisions are ignored. */
export async function saveApplication(
  tx: TenantTransaction,
  application: ApplicationReplica,
  revision: number,
): Promise<void> {
  await save(tx, "application", application.id, revision, application);
}

export async function listApplications(tx: TenantTransaction): Promise<ApplicationReplica[]> {
  const rows = await tx.query<{ body: ApplicationReplica }>(
    "select body from replica where kind = 'application' order by id",
  );
  return rows.map((row) => row.body);
}

/**
 * Keeps one chunk of a published bundle. Answers whether the bundle is now whole; throws when the
 * whole does not have the hash that it goes by.
 */
export async function saveBundleChunk(
  tx: TenantTransaction,
  chunk: { hash: string; version: number; chunk: number; chunks: number; data: string },
): Promise<boolean> {
  const id = `${chunk.hash}.${String(chunk.chunk).padStart(6, "0")}`;
  await save(tx, "bundle", id, chunk.version, { data: chunk.data, chunks: chunk.chunks });
  const text = await bundleText(tx, chunk.hash);
  if (text.chunks < chunk.chunks) return false;
  if (createHash("sha256").update(text.data).digest("hex") !== chunk.hash) {
    throw new Error("a bundle does not have the hash that it goes by");
  }
  return true;
}

/** The text of a stored bundle, in chunk order. */
export async function bundleText(
  tx: TenantTransaction,
  hash: string,
): Promise<{ chunks: number; data: string }> {
  const rows = await tx.query<{ data: string }>(
    "select body ->> 'data' as data from replica where kind = 'bundle' and id like $1 order by id",
    [`${hash}.%`],
  );
  return { chunks: rows.length, data: rows.map((row) => row.data).join("") };
}

/** Bundles of which every chunk is here. */
export function wholeBundles(
  tx: TenantTransaction,
): Promise<{ readonly hash: string; readonly version: number }[]> {
  return tx.query(
    `select split_part(id, '.', 1) as hash, max(revision)::int as version
     from replica where kind = 'bundle'
     group by 1 having count(*) = max((body ->> 'chunks')::int) order by 2`,
  );
}

/** The bundle that new edits use; a run says itself which bundle it is pinned to. */
export async function activateBundle(
  tx: TenantTransaction,
  hash: string,
  version: number,
): Promise<void> {
  await save(tx, "active", "bundle", version, { hash });
}

export async function activeBundle(tx: TenantTransaction): Promise<string | null> {
  const [row] = await tx.query<{ hash: string }>(
    "select body ->> 'hash' as hash from replica where kind = 'active' and id = 'bundle'",
  );
  return row?.hash ?? null;
}

/** Whether what others copy was not counted after `since`. */
export async function isCountDue(tx: TenantTransaction, since: Date): Promise<boolean> {
  const rows = await tx.query(
    `select from replica where kind = 'counted' and id = 'identities' and revision > $1`,
    [since.getTime()],
  );
  return rows.length === 0;
}

/** Notes a count as done at `at`; false where somebody else did it after `since`. */
export async function claimCount(tx: TenantTransaction, since: Date, at: Date): Promise<boolean> {
  const claimed = await tx.execute(
    `insert into replica as r (kind, id, revision, body) values ('counted', 'identities', $1, '{}')
     on conflict (kind, id) do update set revision = excluded.revision where r.revision <= $2`,
    [at.getTime(), since.getTime()],
  );
  return claimed === 1;
}

async function save(
  tx: TenantTransaction,
  kind: string,
  id: string,
  revision: number,
  body: unknown,
): Promise<void> {
  await tx.execute(
    `insert into replica as r (kind, id, revision, body) values ($1, $2, $3, $4)
     on conflict (kind, id) do update set revision = excluded.revision, body = excluded.body
     where r.revision <= excluded.revision`,
    [kind, id, revision, JSON.stringify(body)],
  );
}
