import * as z from "zod";
import { isLoopback, secretName, trustProblems, trustSettings } from "../trust-settings.js";
import { parseDn } from "./dn.js";
import { parseFilter } from "./filter.js";

const mebibyte = 1024 * 1024;

const dn = z.string().max(8192).refine(
  (text) => parseDn(text) !== undefined, "is not a distinguished name (RFC 4514)",
);
export const entryDn = dn.refine((text) => text.trim() !== "", "is not empty");

export const searchFilter = z.string().max(65_536).superRefine((text, context) => {
  try {
    parseFilter(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: "custom", message: `is not a search filter (RFC 4515): ${why}` });
  }
});

export const attributeName = z.string().regex(
  /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)(?:;[A-Za-z0-9-]+)*$/, "is not the name of an attribute",
);

const url = z.string().superRefine((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const good = parsed !== undefined && (parsed.protocol === "ldap:" || parsed.protocol === "ldaps:")
    && parsed.hostname !== "" && (parsed.pathname === "" || parsed.pathname === "/")
    && parsed.search === "" && parsed.username === "";
  if (!good)
    context.addIssue({ code: "custom", message: "is ldap://host[:port] or ldaps://host[:port]" });
});

/** `*` is all that people see, `+` what the server keeps for itself. */
export const shownAttributes = z
  .array(z.union([attributeName, z.literal("*"), z.literal("+")]))
  .min(1)
  .max(500)
  .default(["*"]);

export const classNames = z.array(attributeName).min(1);

const enabledBy = z.strictObject({
  attribute: attributeName,
  /** Null: who has no value is enabled. */
  enabledValue: z.string().min(1, "is not empty").nullable(),
  disabledValue: z.string().min(1, "is not empty"),
});

const entries = {
  base: entryDn,
  scope: z.enum(["one", "sub"]).default("sub"),
  rdnAttribute: attributeName,
  anchorAttribute: attributeName.default("entryUUID"),
  /** Holds the id of the create that made the entry, so an unanswered create is found again. */
  idAttribute: attributeName.optional(),
  attributes: shownAttributes,
  /** Attributes that the schema lets have several values and that have one here. */
  single: z.array(attributeName).max(500).default([]),
  enabledBy: enabledBy.optional(),
};

const users = z.strictObject({
  ...entries,
  rdnAttribute: attributeName.default("uid"),
  filter: searchFilter.default("(objectClass=inetOrgPerson)"),
  objectClasses: z
    .array(attributeName)
    .min(1)
    .default(["top", "person", "organizationalPerson", "inetOrgPerson"]),
});

const groups = z.strictObject({
  ...entries,
  rdnAttribute: attributeName.default("cn"),
  filter: searchFilter.default("(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"),
  objectClasses: classNames.default(["top", "groupOfNames"]),
  memberAttribute: z.enum(["member", "uniqueMember", "memberUid"]).default("member"),
  /** Attribute of people that stands in `memberUid`. */
  memberUidAttribute: attributeName.default("uid"),
  /** Keeps a group that must have a member from being empty; never read as a member. */
  placeholderMember: dn.optional(),
});

const timeouts = z.strictObject({
  connectMs: z.int().min(10).max(300_000).default(10_000),
  answerMs: z.int().min(10).max(3_600_000).default(60_000),
});

const limits = z.strictObject({
  answerBytesMax: z.int().min(1024).max(1024 * mebibyte).default(128 * mebibyte),
  entriesMax: z.int().min(1).max(1_000_000_000).default(50_000_000),
});

/** How to reach a server, who we are, and how much of it to take at once. */
export const accessSettings = {
  url,
  startTls: z.boolean().default(false),
  ...trustSettings,
  bindDn: z.string().min(1, "is required: nobody signs in without a name").max(8192),
  passwordSecret: secretName,
  /** Entries, with all below them, that are never written. */
  protected: z.array(entryDn).max(1000).default([]),
  inFlightMax: z.int().min(1).max(64).default(32),
  timeouts: timeouts.prefault({}),
  limits: limits.prefault({}),
};

/** Settings of an LDAP connector: how to reach the server, who we are, where everybody is. */
export const ldapConfigurationSchema = z
  .strictObject({
    ...accessSettings,
    allowPlain: z.boolean().default(false),
    users: users.optional(),
    groups: groups.optional(),
    /** What to do where the server points to another: a read would lack those entries. */
    referrals: z.enum(["refuse", "ignore"]).default("refuse"),
    pageSize: z.int().min(1).max(100_000).default(500),
    /** How changes are learnt: `auto` as the server tells them, else by times, see `overlapMs`. */
    changes: z.enum(["auto", "syncrepl", "timestamps", "off"]).default("auto"),
    /** How far a report by times reaches back before the last one. */
    overlapMs: z.int().min(1_000).max(86_400_000).default(60_000),
  })
  .superRefine((settings, context) => {
    for (const [setting, message] of [...accessProblems(settings), ...groupProblems(settings)]) {
      context.addIssue({ code: "custom", path: setting.split("."), message });
    }
  });

export type LdapConfiguration = z.infer<typeof ldapConfigurationSchema>;
export type LdapUsers = z.infer<typeof users>;
export type LdapGroups = z.infer<typeof groups>;

type Access = z.infer<z.ZodObject<typeof accessSettings>> &
  Pick<LdapConfiguration, "allowPlain"> & { readonly users?: unknown; readonly groups?: unknown };

/** What contradicts itself in how to reach a server: setting and message. */
export function* accessProblems(settings: Access): Generator<readonly [string, string]> {
  if (settings.users === undefined && settings.groups === undefined) {
    yield ["users", "or groups is required"];
  }
  yield* trustProblems(settings);
  const target = URL.canParse(settings.url) ? new URL(settings.url) : undefined;
  if (target?.protocol === "ldaps:" && settings.startTls) {
    yield ["startTls", "is for ldap:// only; ldaps:// is encrypted from the start"];
  }
  if (target?.protocol === "ldap:" && !settings.startTls) {
    if (!settings.allowPlain) {
      yield ["startTls", "is required: a password never travels in clear"];
    } else if (!isLoopback(target.hostname)) {
      yield ["allowPlain", "is for this machine (loopback) only"];
    }
  }
}

function* groupProblems(
  { users: people, groups: group }: LdapConfiguration,
): Generator<readonly [string, string]> {
  if (group === undefined) return;
  const mustHaveMember = group.objectClasses.some((name) => /^groupOf(Unique)?Names$/i.test(name));
  if (
    mustHaveMember &&
    group.memberAttribute !== "memberUid" &&
    group.placeholderMember === undefined
  ) {
    yield ["groups.placeholderMember", "is required: such a group must have a member"];
  }
  if (group.memberAttribute === "memberUid" && people === undefined) {
    yield ["users", "is required: members stand as names of people"];
  }
}
