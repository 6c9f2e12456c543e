import { defineEntity, p } from "@mikro-orm/core";

const bytes = () => p.type("bytea").$type<Buffer>();
const instant = (column: string) => p.datetime().fieldName(column);

/** Catalogue rows (schema `joinery`): who there is, before anyone belongs to a tenant. */
export const OrganisationRow = defineEntity({
  name: "OrganisationRow",
  tableName: "organisation",
  properties: {
    id: p.string().primary(),
    name: p.string(),
    slug: p.string(),
    state: p.string().$type<"provisioning" | "active" | "destroyed">(),
    claimedUntil: instant("claimed_until").nullable(),
    createdAt: instant("created_at"),
    activatedAt: instant("activated_at").nullable(),
  },
});

export const OrganisationKeyRow = defineEntity({
  name: "OrganisationKeyRow",
  tableName: "organisation_key",
  properties: {
    organisationId: p.string().fieldName("organisation_id").primary(),
    purpose: p.string().$type<"data" | "blindIndex" | "digest" | "event">().primary(),
    version: p.integer().primary(),
    wrapped: bytes().nullable(),
    createdAt: instant("created_at"),
    destroyedAt: instant("destroyed_at").nullable(),
  },
});

export const OperatorRow = defineEntity({
  name: "OperatorRow",
  tableName: "operator",
  properties: {
    id: p.uuid().primary(),
    emailKey: p.string().fieldName("email_key"),
    createdAt: instant("created_at"),
  },
});

export const OperatorRoleRow = defineEntity({
  name: "OperatorRoleRow",
  tableName: "operator_role",
  properties: {
    organisationId: p.string().fieldName("organisation_id").primary(),
    operatorId: p.uuid().fieldName("operator_id").primary(),
    email: p.string(),
    name: p.string(),
    role: p.string().$type<"owner" | "operator" | "auditor">(),
    state: p.string().$type<"active" | "disabled">(),
    passwordHash: p.string().fieldName("password_hash"),
    passwordSetAt: instant("password_set_at"),
    createdAt: instant("created_at"),
  },
});

export const SessionRow = defineEntity({
  name: "SessionRow",
  tableName: "session",
  properties: {
    id: p.uuid().primary(),
    tokenHash: bytes().fieldName("token_hash"),
    operatorId: p.uuid().fieldName("operator_id"),
    organisationId: p.string().fieldName("organisation_id"),
    createdAt: instant("created_at"),
    lastSeenAt: instant("last_seen_at"),
    expiresAt: instant("expires_at"),
    endedAt: instant("ended_at").nullable(),
    endedBecause: p.string().fieldName("ended_because").nullable(),
  },
});

export const InstallationRow = defineEntity({
  name: "InstallationRow",
  tableName: "installation",
  properties: {
    id: p.boolean().primary(),
    keyCheck: bytes().fieldName("key_check"),
    firstOrganisation: p.string().fieldName("first_organisation").nullable(),
    passwordIssuedAt: instant("password_issued_at").nullable(),
    createdAt: instant("created_at"),
  },
});

/** Tenant row. */
export const SecretRow = defineEntity({
  name: "SecretRow",
  tableName: "secret",
  properties: {
    id: p.uuid().primary(),
    name: p.string(),
    sealed: bytes(),
    createdAt: instant("created_at"),
    updatedAt: instant("updated_at"),
  },
});

export const entities = [
  OrganisationRow, OrganisationKeyRow, OperatorRow, OperatorRoleRow, SessionRow, InstallationRow,
  SecretRow,
];
