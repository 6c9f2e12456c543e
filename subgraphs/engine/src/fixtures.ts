import type { AccountState, ApplicationContext, IdentityState, RuleSet } from "./model.js";

/** For tests: a small company. HR is the source, the directory and the shop are targets. */
export const hrContext: ApplicationContext = {
  key: "hr",
  schema: {
    user: [
      { name: "empnum", type: "string" },
      { name: "firstname", type: "string" },
      { name: "surname", type: "string" },
      { name: "mail", type: "string", caseIgnore: true },
      { name: "status", type: "string" },
      { name: "ends", type: "date" },
      { name: "level", type: "integer" },
      { name: "roles", type: "string", many: true },
      { name: "boss", type: "string" },
    ],
  },
};

export const directoryContext: ApplicationContext = {
  key: "directory",
  schema: {
    user: [
      { name: "dn", type: "string", caseIgnore: true, required: true, naming: true },
      { name: "cn", type: "string", caseIgnore: true },
      { name: "mail", type: "string", caseIgnore: true, many: true },
      { name: "employeeNumber", type: "string" },
      { name: "level", type: "string" },
      { name: "manager", type: "reference" },
      { name: "assistants", type: "reference", many: true },
      { name: "description", type: "string" },
      { name: "entryUUID", type: "string", readOnly: true },
    ],
    group: [
      { name: "cn", type: "string", naming: true },
      { name: "description", type: "string" },
    ],
  },
};

export const contexts: readonly ApplicationContext[] = [hrContext, directoryContext];

export const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [
      { name: "employeeNumber", type: "string" },
      { name: "givenName", type: "string" },
      { name: "surname", type: "string" },
      { name: "mail", type: "string", caseIgnore: true },
      { name: "status", type: "string" },
      { name: "ends", type: "date" },
      { name: "level", type: "integer" },
      { name: "roles", type: "string", many: true },
      { name: "manager", type: "reference" },
    ],
    group: [
      { name: "name", type: "string" },
      { name: "description", type: "string" },
    ],
  },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [
            {
              id: "hr-by-number",
              match: [{ account: "empnum", identity: "employeeNumber", normalise: ["trim"] }],
            },
            { id: "hr-by-mail", match: [{ account: "mail", identity: "mail" }] },
          ],
          mappers: [
            { id: "hr-number", to: "employeeNumber", kind: "direct", from: "empnum" },
            { id: "hr-given", to: "givenName", kind: "direct", from: "firstname" },
            { id: "hr-surname", to: "surname", kind: "direct", from: "surname" },
            { id: "hr-mail", to: "mail", kind: "direct", from: "mail" },
            {
              id: "hr-mail-made",
              to: "mail",
              strength: "weak",
              kind: "expression",
              expression:
                'lower(ascii(account.firstname) + "." + ascii(account.surname)) + "@example.com"',
            },
            { id: "hr-status", to: "status", kind: "direct", from: "status" },
            { id: "hr-ends", to: "ends", kind: "direct", from: "ends" },
            { id: "hr-level", to: "level", kind: "direct", from: "level" },
            { id: "hr-roles", to: "roles", kind: "direct", from: "roles" },
            { id: "hr-boss", to: "manager", kind: "reference", from: "boss", by: "anchor" },
          ],
        },
      },
    },
    directory: {
      user: {
        inbound: {
          joins: [
            {
              id: "dir-by-number",
              match: [
                { account: "employeeNumber", identity: "employeeNumber", normalise: ["trim"] },
              ],
            },
          ],
          mappers: [],
        },
        outbound: {
          provision: { id: "dir-who", when: 'identity.status != "Former employee"' },
          enabled: {
            id: "dir-enabled",
            when: 'identity.status == "In" && !after(identity.ends)',
          },
          otherwise: "disable",
          mappers: [
            {
              id: "dir-dn",
              to: "dn",
              kind: "expression",
              expression: '"cn=" + identity.employeeNumber + ",ou=users,dc=example,dc=com"',
            },
            {
              id: "dir-cn",
              to: "cn",
              kind: "concatenate",
              parts: [{ from: "givenName", optional: true }, { text: " " }, { from: "surname" }],
            },
            { id: "dir-mail", to: "mail", kind: "direct", from: "mail" },
            { id: "dir-number", to: "employeeNumber", kind: "direct", from: "employeeNumber" },
            { id: "dir-level", to: "level", kind: "direct", from: "level" },
            { id: "dir-manager", to: "manager", kind: "reference", from: "manager" },
            {
              id: "dir-description",
              to: "description",
              strength: "weak",
              kind: "constant",
              value: "made by rule",
            },
          ],
        },
      },
    },
  },
  classifications: [
    { id: "former", code: 30, kind: "user", when: 'identity.status == "Former employee"' },
    { id: "manager", code: 20, kind: "user", when: "identity.level >= 5" },
    { id: "employee", code: 10, kind: "user", when: "has(identity.employeeNumber)" },
  ],
  groups: [
    {
      id: "group-per-role",
      each: "identity.roles",
      mappers: [
        { id: "group-name", to: "name", kind: "direct", from: "key" },
        {
          id: "group-description",
          to: "description",
          kind: "expression",
          expression: '"Everybody with the role " + key',
        },
      ],
    },
  ],
};

export const now = "2026-03-01T12:00:00.000Z";

export const account: AccountState = {
  id: "a-1",
  application: "hr",
  kind: "user",
  anchor: "1001",
  name: "1001",
  attributes: {
    empnum: "1001",
    firstname: "Zoë",
    surname: "Łuß",
    status: "In",
    ends: "2026-06-30",
    level: 5,
    roles: ["sales", "admin", "sales"],
    boss: "1000",
  },
};

export const identity: IdentityState = {
  id: "i-1",
  kind: "user",
  attributes: {
    employeeNumber: "1001",
    givenName: "Zoë",
    surname: "Łuß",
    mail: "zoe.luss@example.com",
    status: "In",
    ends: "2026-06-30",
    level: 5,
    roles: ["admin", "sales"],
    manager: { ref: "a-0" },
  },
  classification: 20,
};
