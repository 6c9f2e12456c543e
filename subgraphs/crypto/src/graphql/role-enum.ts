import { registerEnumType } from "type-graphql";

/** Names as the graph has them; values as everything else has them. */
export const roleEnum = { OWNER: "owner", OPERATOR: "operator", AUDITOR: "auditor" } as const;

registerEnumType(roleEnum, {
  name: "Role",
  description: "What an operator may do in one organisation.",
  valuesConfig: {
    OWNER: { description: "Everything, operators and rules included." },
    OPERATOR: { description: "Reads everything, runs, releases, connects applications." },
    AUDITOR: { description: "Reads everything, changes nothing." },
  },
});

export const operatorStateEnum = { ACTIVE: "active", DISABLED: "disabled" } as const;

registerEnumType(operatorStateEnum, {
  name: "OperatorState",
  description: "Whether an operator may sign in.",
  valuesConfig: {
    ACTIVE: { description: "May sign in." },
    DISABLED: { description: "May not, and has no session." },
  },
});
