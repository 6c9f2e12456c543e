import * as z from "zod";
import {
  accessProblems, accessSettings, attributeName, classNames, entryDn, searchFilter, shownAttributes,
  type LdapConfiguration,
} from "../ldap/configuration.js";
import { dnTextKey, formatDn, parseDn } from "../ldap/dn.js";

const globalCatalogPorts = new Set(["3268", "3269"]);

const entries = {
  base: entryDn,
  scope: z.enum(["one", "sub"]).default("sub"),
  /** Holds the id of the create that made the entry, so an unanswered create is found again. */
  idAttribute: attributeName.optional(),
  attributes: shownAttributes,
  /** Attributes that the schema lets have several values and that have one here. */
  single: z.array(attributeName).max(500).default(["description"]),
};

const users = z.strictObject({
  ...entries,
  filter: searchFilter.default("(&(objectCategory=person)(objectClass=user))"),
  objectClasses: classNames.default(["top", "person", "organizationalPerson", "user"]),
});

const groups = z.strictObject({
  ...entries,
  filter: searchFilter.default("(objectClass=group)"),
  objectClasses: classNames.default(["top", "group"]),
});

/** Settings of a connector to one domain of Active Directory. */
export const activeDirectoryConfigurationSchema = z
  .strictObject({
    ...accessSettings,
    pageSize: z.int().min(1).max(100_000).default(1_000),
    users: users.optional(),
    groups: groups.optional(),
    /** Whether a new person has to choose a password of their own when they first sign in. */
    passwordMustChange: z.boolean().default(true),
    /** How many members of a group to ask for at once; the server may give fewer. */
    memberPageSize: z.int().min(1).max(100_000).default(1_500),
    /** How changes are learnt: `auto` by replication where we have the right, else by numbers. */
    changes: z.enum(["auto", "dirsync", "usn"]).default("auto"),
    /** Whether a read that finds nobody is a whole one. */
    mayBeEmpty: z.boolean().default(false),
  })
  .superRefine((settings, context) => {
    const problems = [
      ...accessProblems({ ...settings, allowPlain: false }), ...ownProblems(settings),
    ];
    for (const [setting, message] of problems) {
      context.addIssue({ code: "custom", path: setting.split("."), message });
    }
  });

export type ActiveDirectoryConfiguration = z.infer<typeof activeDirectoryConfigurationSchema>;

function* ownProblems(
  { url, users: people, groups: teams }: ActiveDirectoryConfiguration,
): Generator<readonly [string, string]> {
  if (globalCatalogPorts.has(URL.canParse(url) ? new URL(url).port : "")) {
    yield ["url", "is the global catalog, which lacks most attributes and takes no writes"];
  }
  for (const [setting, base] of [["users.base", people?.base], ["groups.base", teams?.base]]) {
    const top = base === undefined ? undefined : parseDn(base)?.at(-1);
    if (top !== undefined && !top.some(({ type }) => type.toLowerCase() === "dc")) {
      yield [setting ?? "", "is a name within a domain: it ends in DC=…"];
    }
  }
  if (people === undefined || teams === undefined || domainOf(teams.base) === "") return;
  if (dnTextKey(domainOf(people.base)) !== dnTextKey(domainOf(teams.base))) {
    yield ["groups.base", "is of another domain than users.base; each needs a connection"];
  }
}

/** The naming context of a name: its part of domain components. */
export function domainOf(base: string): string {
  const dn = parseDn(base) ?? [];
  const from = dn.findLastIndex((rdn) => rdn.some(({ type }) => type.toLowerCase() !== "dc"));
  return formatDn(dn.slice(from + 1));
}

/** The same as settings of the LDAP connector, which does most of the work. */
export function toLdapConfiguration(settings: ActiveDirectoryConfiguration): LdapConfiguration {
  const { users: people, groups: teams, ...rest } = settings;
  const {
    passwordMustChange: _, memberPageSize: _size, mayBeEmpty: _may, changes: _changes, ...access
  } = rest;
  const named = { rdnAttribute: "cn", anchorAttribute: "objectGUID" };
  return {
    ...access,
    // It has ways of its own to learn of changes.
    changes: "off",
    overlapMs: 1_000,
    allowPlain: false,
    // Others are never named to us: see the control that asks for this domain alone.
    referrals: "refuse",
    users: people === undefined ? undefined : { ...named, ...people },
    groups: teams === undefined ? undefined : {
      ...named, ...teams, memberAttribute: "member", memberUidAttribute: "uid",
    },
  };
}
