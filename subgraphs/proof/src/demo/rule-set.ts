import type { AttributeSchema, Mapper, ObjectRules, RuleSet } from "@joinery/engine";

const text = (name: string): AttributeSchema => ({ name, type: "string" });

const direct = (id: string, from: string, to: string): Mapper => ({ id, kind: "direct", from, to });

/** The demo's rules: HR makes people, the directory and a second application follow. */
export function demoRuleSet(directory: "ldap" | "csv"): RuleSet {
  return {
    format: 1,
    schema: {
      user: [
        text("employeeNumber"), text("givenName"), text("familyName"), text("displayName"),
        text("department"), text("title"), text("city"), text("phone"), text("mail"),
        text("status"),
        { name: "startDate", type: "date" },
        { name: "manager", type: "reference" },
      ],
      group: [text("name")],
    },
    applications: {
      hr: { user: { inbound: fromHr } },
      directory: directory === "ldap" ? toLdap : toCsvDirectory,
      second: { user: toSecond },
    },
    groups: [
      {
        id: "departments",
        each: "identity.status == 'active' ? identity.department : ''",
        mappers: [direct("departments.name", "key", "name")],
      },
    ],
  };
}

const fromHr: NonNullable<ObjectRules["inbound"]> = {
  joins: [
    { id: "hr.by-number", match: [{ account: "number", identity: "employeeNumber" }] },
  ],
  mappers: [
    direct("hr.number", "number", "employeeNumber"),
    direct("hr.given", "firstName", "givenName"),
    direct("hr.family", "lastName", "familyName"),
    {
      id: "hr.display",
      kind: "concatenate",
      parts: [{ from: "firstName" }, { text: " " }, { from: "lastName" }],
      to: "displayName",
    },
    direct("hr.department", "department", "department"),
    direct("hr.title", "title", "title"),
    direct("hr.city", "city", "city"),
    direct("hr.phone", "phone", "phone"),
    direct("hr.status", "status", "status"),
    direct("hr.start", "startDate", "startDate"),
    { id: "hr.mail", kind: "expression", expression: mailOf(), to: "mail" },
    { id: "hr.manager", kind: "reference", from: "manager", to: "manager" },
  ],
};

function mailOf(): string {
  return "'u' + account.number + '@example.com'";
}

const isActive = "identity.status == 'active'";

const person: readonly Mapper[] = [
  {
    id: "directory.uid",
    kind: "expression",
    expression: "'u' + identity.employeeNumber",
    to: "uid",
  },
  direct("directory.cn", "displayName", "cn"),
  direct("directory.sn", "familyName", "sn"),
  direct("directory.given", "givenName", "givenName"),
  direct("directory.number", "employeeNumber", "employeeNumber"),
  direct("directory.department", "department", "departmentNumber"),
  direct("directory.title", "title", "title"),
  direct("directory.city", "city", "l"),
  direct("directory.phone", "phone", "telephoneNumber"),
  direct("directory.mail", "mail", "mail"),
  { id: "directory.manager", kind: "reference", from: "manager", to: "manager" },
];

const toLdap: RuleSet["applications"][string] = {
  user: {
    outbound: {
      provision: { id: "directory.provision", when: isActive },
      otherwise: "delete",
      mappers: person,
    },
  },
  group: {
    outbound: {
      provision: { id: "directory.groups", when: "true" },
      otherwise: "keep",
      memberships: "all",
      mappers: [direct("directory.group-cn", "name", "cn")],
    },
  },
};

/** A file of people and one of groups stand in where no directory server is found. */
const toCsvDirectory: RuleSet["applications"][string] = toLdap;

const toSecond: ObjectRules = {
  outbound: {
    provision: { id: "second.provision", when: isActive },
    otherwise: "delete",
    mappers: [
      direct("second.id", "employeeNumber", "id"),
      direct("second.name", "displayName", "name"),
      direct("second.mail", "mail", "email"),
      direct("second.department", "department", "department"),
      direct("second.title", "title", "role"),
    ],
  },
};
