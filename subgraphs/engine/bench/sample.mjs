/**
 * What the benches run on: 20 attributes and 20 mappers a person (10 copied, 2 fixed, 3 put
 * together, 5 computed), two joining rules, three classifications, one target with 20 mappers.
 */

const text = (name, more = {}) => ({ name, type: "string", ...more });

const vaultUser = [
  text("employeeNumber"),
  text("givenName"),
  text("surname"),
  text("displayName"),
  text("mail", { caseIgnore: true }),
  text("phone"),
  text("mobile"),
  text("title"),
  text("department"),
  text("company"),
  text("street"),
  text("city"),
  text("postalCode"),
  text("country"),
  text("status"),
  { name: "starts", type: "date" },
  { name: "ends", type: "date" },
  { name: "level", type: "integer" },
  { name: "roles", type: "string", many: true },
  text("login"),
];

const direct = (id, to, from) => ({ id, to, kind: "direct", from });
const computed = (id, to, expression) => ({ id, to, kind: "expression", expression });

const inboundMappers = [
  direct("in-number", "employeeNumber", "empnum"),
  direct("in-given", "givenName", "firstname"),
  direct("in-surname", "surname", "surname"),
  direct("in-phone", "phone", "phone"),
  direct("in-mobile", "mobile", "mobile"),
  direct("in-department", "department", "department"),
  direct("in-starts", "starts", "starts"),
  direct("in-ends", "ends", "ends"),
  direct("in-level", "level", "level"),
  direct("in-roles", "roles", "roles"),
  { id: "in-company", to: "company", kind: "constant", value: "Example" },
  { id: "in-country", to: "country", kind: "constant", value: "AT" },
  {
    id: "in-display",
    to: "displayName",
    kind: "concatenate",
    parts: [{ from: "firstname" }, { text: " " }, { from: "surname" }],
  },
  {
    id: "in-street",
    to: "street",
    kind: "concatenate",
    parts: [{ from: "street" }, { text: " " }, { from: "house" }],
  },
  {
    id: "in-city",
    to: "city",
    kind: "concatenate",
    parts: [{ from: "city" }, { text: ", " }, { from: "state", optional: true }],
  },
  computed("in-postal", "postalCode", 'pad(account.postal, 5, "0")'),
  computed("in-title", "title", 'orElse(split(account.job, "#")[1], account.job)'),
  computed("in-status", "status", 'account.status == "In" ? "active" : "inactive"'),
  computed(
    "in-mail",
    "mail",
    'lower(ascii(account.firstname) + "." + ascii(account.surname)) + "@example.com"',
  ),
  computed(
    "in-login",
    "login",
    "take(lower(ascii(take(account.firstname, 1) + account.surname)), 8)",
  ),
];

const outboundMappers = vaultUser.map(({ name }) => direct(`out-${name}`, name, name));
outboundMappers[3] = computed(
  "out-displayName",
  "displayName",
  'identity.surname + ", " + identity.givenName',
);
outboundMappers[13] = computed("out-country", "country", "lower(identity.country)");

export const ruleSet = {
  format: 1,
  schema: { user: vaultUser },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [
            {
              id: "by-number",
              match: [{ account: "empnum", identity: "employeeNumber", normalise: ["trim"] }],
            },
            {
              id: "by-name",
              match: [
                { account: "surname", identity: "surname", normalise: ["casefold", "ascii"] },
                { account: "phone", identity: "phone", normalise: ["digits"] },
              ],
            },
          ],
          mappers: inboundMappers,
        },
      },
    },
    directory: {
      user: {
        outbound: {
          provision: {
            id: "who",
            when: 'identity.status == "active" && !after(identity.ends, "90d")',
          },
          enabled: { id: "on", when: "!before(identity.starts) && !after(identity.ends)" },
          otherwise: "disable",
          mappers: outboundMappers,
        },
      },
    },
  },
  classifications: [
    { id: "leaver", code: 3, kind: "user", when: "after(identity.ends)" },
    { id: "lead", code: 2, kind: "user", when: 'identity.level >= 7 || "lead" in identity.roles' },
    { id: "staff", code: 1, kind: "user", when: 'identity.status == "active"' },
  ],
};

const hrTexts =
  "empnum firstname surname phone mobile department street house city state postal job".split(" ");

export const applications = [
  {
    key: "hr",
    schema: {
      user: [
        ...hrTexts.concat("status").map((name) => text(name)),
        { name: "starts", type: "date" },
        { name: "ends", type: "date" },
        { name: "level", type: "integer" },
        { name: "roles", type: "string", many: true },
      ],
    },
  },
  { key: "directory", schema: { user: vaultUser } },
];

const firstnames = ["Anna", "Zoë", "José", "Łukasz", "Mary", "John", "Søren", "Ines"];
const surnames = ["Green", "Lopez", "Müller", "Strauß", "Smith", "Novák", "Øberg", "Rossi"];

/** The same people for the same number. */
export function makeAccounts(count) {
  return Array.from({ length: count }, (_, at) => ({
    id: `account-${at}`,
    application: "hr",
    kind: "user",
    anchor: String(100_000 + at),
    name: String(100_000 + at),
    attributes: {
      empnum: String(100_000 + at),
      firstname: firstnames[at % 8],
      surname: `${surnames[(at >> 3) % 8]}${at >> 6}`,
      phone: `+43 1 ${100_000 + at}`,
      mobile: `+43 664 ${200_000 + at}`,
      department: `Department ${at % 97}`,
      street: "Ring",
      house: String(at % 200),
      city: "Vienna",
      ...(at % 3 === 0 ? { state: "W" } : {}),
      postal: String(at % 9999),
      job: at % 2 === 0 ? `${at % 50}#Engineer` : "Clerk",
      status: at % 20 === 0 ? "Out" : "In",
      starts: "2020-02-01",
      ...(at % 10 === 0 ? { ends: "2027-03-31" } : {}),
      level: at % 9,
      roles: at % 4 === 0 ? ["staff", "lead"] : ["staff"],
    },
  }));
}
