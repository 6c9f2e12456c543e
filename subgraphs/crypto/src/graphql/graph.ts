import type { SchemaSource } from "@joinery/kit";
import { ChangePasswordMutation } from "./change-password.js";
import { Clients } from "./clients.js";
import { InitialPasswords } from "./initial-passwords.js";
import { OperatorMutations } from "./operator-mutations.js";
import { operatorReference } from "./operator.js";
import { OperatorsQuery } from "./operators.js";
import { OrganisationQuery, organisationReference } from "./organisation.js";
import { SecretMutations, SecretsQuery } from "./secrets.js";
import { SignInMutation } from "./sign-in.js";
import { SignOutMutation } from "./sign-out.js";
import { ViewerQuery } from "./viewer.js";

export const graph: SchemaSource = {
  resolvers: [
    ViewerQuery, OrganisationQuery, OperatorsQuery, SecretsQuery, SignInMutation, SignOutMutation,
    ChangePasswordMutation, OperatorMutations, SecretMutations,
    InitialPasswords, Clients,
  ],
  references: { Organisation: organisationReference, Operator: operatorReference },
};
