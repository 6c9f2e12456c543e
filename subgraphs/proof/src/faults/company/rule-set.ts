import type { AttributeSchema, Mapper, ObjectRules, RuleSet } from "@joinery/engine";

const text = (name: string): AttributeSchema => ({ name, type: "string" });

const direct = (id: string, from: string, to: string): Mapper => ({ id, kind: "direct", from, to });

const isActive = "identity.status == 'active'";

const inbound: NonNullable<ObjectRules["inbound"]> = {
  joins: [{ id: "hr.by-number", match: [{ account: "number", identity: "number" }] }],
  mappers: [
    direct("hr.number", "number", "number"),
    direct("hr.given", "firstName", "givenName"),
    direct("hr.family", "lastName", "familyName"),
    {
      id: "hr.display", kind: "concatenate", to: "displayName",
      parts: [{ from: "firstName" }, { text: " " }, { from: "lastName" }],
    },
    direct("hr.department", "department", "department"),
    direct("hr.title", "title", "title"),
    direct("hr.city", "city", "city"),
    direct("hr.status", "status", "status"),
    {
      id: "hr.mail", kind: "expression", to: "mail",
      expression: "'u' + account.number + '@example.com'",
    },
    { id: "hr.manager", kind: "reference", from: "manager", to: "manager" },
  ],
};

const account = (key: string): Mapper[] => [
  { id: `${key}.login`, kind: "expression", expression: "'u' + identity.number", to: "login" },
  direct(`${key}.display`, "displayName", "displayName"),
  direct(`${key}.mail`, "mail", "mail"),
  direct(`${key}.title`, "title", "title"),
  direct(`${key}.city`, "city", "city"),
];

/** Deletes whoever is not active, follows managers and departments. */
const directory: RuleSet["applications"][string] = {
  user: {
    outbound: {
      provision: { id: "directory.provision", when: isActive },
      otherwise: "delete",
      mappers: [
        ...account("directory"),
        direct("directory.department", "department", "department"),
        { id: "directory.manager", kind: "reference", from: "manager", to: "manager" },
      ],
    },
  },
  group: {
    outbound: {
      provision: { id: "directory.groups", when: "true" },
      otherwise: "keep",
      memberships: "all",
      mappers: [direct("directory.group-name", "name", "name")],
    },
  },
};

/** Keeps everybody it ever had, disabled once they are not active. */
const wiki: RuleSet["applications"][string] = {
  user: {
    outbound: {
      provision: { id: "wiki.provision", when: "has(identity.number)" },
      enabled: { id: "wiki.enabled", when: isActive },
      otherwise: "disable",
      mappers: account("wiki"),
    },
  },
};

/** HR makes people; a directory and a wiki follow. */
export const campaignRuleSet: RuleSet = {
  format: 1,
  schema: {
    user: [
      ...["number", "givenName", "familyName", "displayName", "department", "title", "city",
        "mail", "status"].map(text),
      { name: "manager", type: "reference" },
    ],
    group: [text("name")],
  },
  applications: { hr: { user: { inbound } }, directory, wiki },
  groups: [
    {
      id: "departments",
      each: `${isActive} ? identity.department : ''`,
      mappers: [direct("departments.name", "key", "name")],
    },
  ],
};
