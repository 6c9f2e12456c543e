import { insertOutbox } from "@joinery/events";
import type { Door, Role, Sql, TenantId } from "@joinery/kit";
import type { LiveSession, NewSession, SessionStore, Trail } from "../app/ports.js";
import type { SessionEnd } from "../domain/session-life.js";

const liveSessionsMax = 50;
const pruneRowsMax = 10_000;

/** Sessions by the digest of their token; the token itself is nowhere. */
export class SqlSessionStore implements SessionStore {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  async add(session: NewSession, passwordHash: string, trail: Trail): Promise<boolean> {
    return this.#door.withCatalogue(async (tx) => {
      const { id, tokenHash, operatorId, tenant, createdAt, lastSeenAt, expiresAt } = session;
      // The lock makes a password change that is under way finish first, and is seen by it.
      const inserted = await tx.execute(
        `with operator as (
           select operator_id, organisation_id from operator_role
           where organisation_id = $4 and operator_id = $3 and state = 'active'
             and password_hash = $8
           for no key update
         )
         insert into session (id, token_hash, operator_id, organisation_id, created_at,
           last_seen_at, expires_at)
         select $1, $2, operator_id, organisation_id, $5, $6, $7 from operator`,
        [id, tokenHash, operatorId, tenant, createdAt, lastSeenAt, expiresAt, passwordHash],
      );
      if (inserted === 0) return false;
      await endOldest(tx, tenant, operatorId, createdAt);
      await insertOutbox(tx.client, trail);
      return true;
    });
  }

  async find(tokenHash: Buffer): Promise<LiveSession | null> {
    return this.#door.withCatalogue(async (tx) => {
      const [row] = await tx.query<Columns>(
        `select s.id, s.organisation_id, s.operator_id, s.last_seen_at, s.expires_at,
           r.name, r.role
         from session s
         join operator_role r using (organisation_id, operator_id)
         join organisation o on o.id = s.organisation_id
         where s.token_hash = $1 and s.ended_at is null
           and r.state = 'active' and o.state = 'active'`,
        [tokenHash],
      );
      return row ? toSession(row) : null;
    });
  }

  async noteUse(id: string, at: Date): Promise<void> {
    await this.#door.withCatalogue((tx) =>
      tx.execute("update session set last_seen_at = $2 where id = $1 and last_seen_at < $2", [
        id,
        at,
      ]),
    );
  }

  async end(
    tenant: TenantId,
    operatorId: string,
    which: string | "all",
    because: SessionEnd,
    now: Date,
    trail: Trail,
  ): Promise<number> {
    return this.#door.withCatalogue(async (tx) => {
      const ended =
        which === "all"
          ? await endAll(tx, tenant, operatorId, because, now)
          : await tx.execute(
              `update session set ended_at = $4, ended_because = $5
               where organisation_id = $1 and operator_id = $2 and id = $3 and ended_at is null`,
              [tenant, operatorId, which, now, because],
            );
      if (ended > 0) await insertOutbox(tx.client, trail);
      return ended;
    });
  }

  async findFormer(
    tokenHash: Buffer,
    emailKey: string,
    since: Date,
  ): Promise<{ readonly slug: string } | null> {
    return this.#door.withCatalogue(async (tx) => {
      const [row] = await tx.query<{ slug: string }>(
        `select o.slug from session s
         join operator p on p.id = s.operator_id
         join organisation o on o.id = s.organisation_id
         where s.token_hash = $1 and p.email_key = $2 and s.expires_at > $3
           and (s.ended_because is null or s.ended_because in ('signed-out', 'too-many'))`,
        [tokenHash, emailKey, since],
      );
      return row ?? null;
    });
  }

  async prune(before: Date): Promise<number> {
    return this.#door.withCatalogue((tx) =>
      tx.execute(
        `delete from session where id in
           (select id from session where expires_at < $1 order by expires_at limit $2)`,
        [before, pruneRowsMax],
      ),
    );
  }
}

/** All of an operator in an organisation, but `except`. */
export async function endSessions(
  sql: Sql,
  tenant: TenantId,
  operatorId: string,
  except: string | null,
  because: SessionEnd,
  now: Date,
): Promise<number> {
  return sql.execute(
    `update session set ended_at = $4, ended_because = $5
     where organisation_id = $1 and operator_id = $2 and ended_at is null
       and ($3::uuid is null or id <> $3)`,
    [tenant, operatorId, except, now, because],
  );
}

/** Whoever ends several sessions holds the operator's row, so that nobody waits in a circle. */
async function endAll(
  sql: Sql,
  tenant: TenantId,
  operatorId: string,
  because: SessionEnd,
  now: Date,
): Promise<number> {
  await sql.query(
    `select from operator_role where organisation_id = $1 and operator_id = $2
     for no key update`,
    [tenant, operatorId],
  );
  return endSessions(sql, tenant, operatorId, null, because, now);
}

/** Keeps the newest; the rest would be forgotten devices. */
async function endOldest(sql: Sql, tenant: TenantId, operatorId: string, now: Date) {
  const because: SessionEnd = "too-many";
  await sql.execute(
    `update session set ended_at = $3, ended_because = $4 where id in (
       select id from session
       where organisation_id = $1 and operator_id = $2 and ended_at is null
       order by created_at desc, id offset $5)`,
    [tenant, operatorId, now, because, liveSessionsMax],
  );
}

interface Columns {
  id: string;
  organisation_id: string;
  operator_id: string;
  last_seen_at: Date;
  expires_at: Date;
  name: string;
  role: Role;
}

function toSession(row: Columns): LiveSession {
  return {
    id: row.id,
    tenant: row.organisation_id,
    operatorId: row.operator_id,
    name: row.name,
    role: row.role,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
  };
}
