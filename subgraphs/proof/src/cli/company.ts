import type { RuleSet } from "@joinery/engine";

/** So many people of an HR file; `leave` are not in it any more. */
export function peopleFile(count: number, leave: readonly number[] = []): string {
  const rows = Array.from({ length: count }, (_, at) => at + 1)
    .filter((n) => !leave.includes(n))
    .map((n) => `e-${n},Given${n},Family${n},p${n}@example.com`);
  return `${["number,given,family,mail", ...rows].join("\n")}\n`;
}

export const hrSettings = {
  connector: "csv",
  name: "Human resources",
  configuration: { path: "people.csv", anchor: "number" },
  authoritativeFor: ["user"],
};

/** Flags of an application that is written to, in a file that is made. */
export const crmFlags = [
  "--connector",
  "csv",
  "--set",
  "path=crm.csv",
  "--set",
  "anchor=number",
  "--set",
  "mayBeEmpty=true",
  "--set",
  "createWhenMissing=true",
  "--set",
  'columns=[{"name":"number"},{"name":"name"},{"name":"mail"}]',
];

const byNumber = (id: string) => ({
  id,
  match: [{ account: "$anchor", identity: "employeeNumber" }],
});

/** HR says who there is and what they are called; everybody has an account in the CRM. */
export const companyRules: RuleSet = {
  format: 1,
  schema: {
    user: [
      { name: "employeeNumber", type: "string", required: true },
      { name: "displayName", type: "string" },
      { name: "mail", type: "string", caseIgnore: true },
    ],
  },
  applications: {
    hr: {
      user: {
        inbound: {
          precedence: 10,
          joins: [byNumber("hr-number")],
          mappers: [
            { id: "hr-number-in", kind: "direct", from: "$anchor", to: "employeeNumber" },
            {
              id: "hr-name-in",
              kind: "concatenate",
              to: "displayName",
              parts: [{ from: "given" }, { text: " " }, { from: "family" }],
            },
            { id: "hr-mail-in", kind: "direct", from: "mail", to: "mail" },
          ],
        },
      },
    },
    crm: {
      user: {
        inbound: {
          precedence: 50,
          joins: [byNumber("crm-number")],
          mappers: [{ id: "crm-mail-in", kind: "direct", from: "mail", to: "mail" }],
        },
        outbound: {
          provision: { id: "crm-all", when: "true" },
          otherwise: "delete",
          mappers: [
            { id: "crm-number-out", kind: "direct", from: "employeeNumber", to: "number" },
            { id: "crm-name-out", kind: "direct", from: "displayName", to: "name" },
            { id: "crm-mail-out", kind: "direct", from: "mail", to: "mail" },
          ],
        },
      },
    },
  },
};
