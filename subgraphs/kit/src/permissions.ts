import { JoineryError } from "./errors.js";
import type { TenantId } from "./ids.js";

/** Every right there is, as `noun:verb`. */
export const permissions = [
  "account:push", "account:read", "application:read", "application:write", "audit:read",
  "client:read", "client:write", "connection:read", "connection:write", "identity:read",
  "notification:read", "notification:write", "operator:read", "operator:write",
  "organisation:read", "organisation:write", "password:take", "plan:approve", "rule:read",
  "rule:write", "run:read", "run:start", "run:release", "secret:write",
] as const;
export type Permission = (typeof permissions)[number];

export const roles = ["owner", "operator", "auditor"] as const;
export type Role = (typeof roles)[number];

const reading = permissions.filter((permission) => permission.endsWith(":read"));

/** Pushing is for clients alone: a role is of people. */
export const clientPermissions: readonly Permission[] = ["account:push"];

/** What each role may do; whatever is not named is refused. */
export const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = {
  owner: permissions.filter((permission) => !clientPermissions.includes(permission)),
  operator: [
    ...reading, "run:start", "run:release", "plan:approve", "application:write",
    "connection:write", "secret:write", "password:take",
  ],
  auditor: reading,
};

/** Who asks. A service acts for itself (no tenant of its own) or names the tenant it works for. */
export interface Actor {
  readonly kind: "person" | "client" | "service" | "anonymous";
  readonly id: string;
  readonly name: string;
  readonly tenant: TenantId | null;
  readonly permissions: readonly Permission[];
  /** Id of a person's session (never its token), for what concerns the session itself. */
  readonly session?: string;
  /** Id of the only application that a client may do anything in. */
  readonly application?: string;
}

/** Whoever has not signed in. */
export const anonymous: Actor = {
  kind: "anonymous",
  id: "anonymous",
  name: "anonymous",
  tenant: null,
  permissions: [],
};

/** An actor that acts inside an organisation. */
export interface TenantActor extends Actor {
  readonly tenant: TenantId;
}

/**
 * Throws UNAUTHENTICATED without a sign-in and FORBIDDEN without the permission or an organisation.
 */
export function permit(actor: Actor, permission: Permission): TenantActor {
  if (actor.kind === "anonymous") throw new JoineryError("UNAUTHENTICATED", "sign in first");
  if (actor.tenant === null || !actor.permissions.includes(permission)) {
    throw new JoineryError("FORBIDDEN", `this needs the permission ${permission}`, { permission });
  }
  return actor as TenantActor;
}
