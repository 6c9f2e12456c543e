import type { ReferenceResolver, SchemaSource } from "@joinery/kit";
import { accountLoader, AccountResolver, IdentityAccountsResolver } from "./account-resolvers.js";
import { ApplicationMutations, ApplicationResolver } from "./application-resolvers.js";
import { ConnectionMutations, ConnectionResolver } from "./connection-resolvers.js";
import type { Context } from "./context.js";
import { FutureTaskMutations, FutureTaskResolver } from "./future-resolvers.js";
import { PushMutations } from "./push-resolvers.js";
import {
  ApplicationPlanResolver, PlanMutations, PlanPatternResolver, PlanResolver,
} from "./plan-resolvers.js";
import {
  applicationLoader, runLoader, RunMutations, RunPlanResolver, RunResolver,
} from "./run-resolvers.js";
import { ApplicationSchedulesResolver, ScheduleMutations } from "./schedule-resolvers.js";

/** An entity by its key, through the loader that asks for the permission. */
function by(
  loader: (context: Context) => { load(id: string): Promise<unknown> },
): ReferenceResolver {
  return (key, context) => loader(context as Context).load(String(key["id"]));
}

export const applicationsGraph: SchemaSource = {
  resolvers: [
    ApplicationResolver, ApplicationMutations, ConnectionResolver, ConnectionMutations,
    RunResolver, RunPlanResolver, RunMutations,
    ApplicationPlanResolver, PlanResolver, PlanPatternResolver, PlanMutations, AccountResolver,
    IdentityAccountsResolver, PushMutations, ApplicationSchedulesResolver, ScheduleMutations,
    FutureTaskResolver, FutureTaskMutations,
  ],
  references: {
    Application: by(applicationLoader),
    Run: by(runLoader),
    Account: by(accountLoader),
    Identity: (key) => Promise.resolve({ id: key["id"] }),
  },
};
