import type { RuleSet } from "@joinery/engine";
import { companyRules } from "../cli/company.js";
import type { NewApplication } from "../support/organisation.js";

/** A file that is made, with a line for each account. */
function target(key: string, name: string): NewApplication {
  return {
    key, name, connector: "csv",
    configuration: {
      path: `${key}.csv`, anchor: "number", mayBeEmpty: true, createWhenMissing: true,
      columns: [{ name: "number" }, { name: "name" }, { name: "mail" }],
    },
  };
}

/** Written to at once. */
export const crm = target("crm", "Customer relations");

/** Written to when a person has approved it. */
export const wiki: NewApplication & { readonly phase: string } = {
  ...target("wiki", "Wiki"), phase: "semi-automatic",
};

export const rules = companyRules;

const byNumber = {
  id: "wiki-number", match: [{ account: "$anchor", identity: "employeeNumber" }],
};

/** Everybody has an account in the wiki too. */
export const rulesWithWiki: RuleSet = {
  ...rules,
  applications: {
    ...rules.applications,
    wiki: {
      user: {
        inbound: { precedence: 60, joins: [byNumber], mappers: [] },
        outbound: {
          provision: { id: "wiki-all", when: "true" },
          otherwise: "delete",
          mappers: [
            { id: "wiki-number-out", kind: "direct", from: "employeeNumber", to: "number" },
            { id: "wiki-name-out", kind: "direct", from: "displayName", to: "name" },
          ],
        },
      },
    },
  },
};
