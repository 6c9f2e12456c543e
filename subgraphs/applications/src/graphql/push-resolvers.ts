import { toUserError } from "@joinery/kit";
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { pushAccounts, type PushResult as Result } from "../app/pushed/push-accounts.js";
import { pushDeletions } from "../app/pushed/push-deletions.js";
import type { Outcome } from "../domain/outcome.js";
import type { Context } from "./context.js";
import {
  PushAccountsInput, PushDeletionsInput, PushPayload, type PushedReferenceInput,
} from "./push-type.js";

@Resolver()
export class PushMutations {
  @Mutation(() => PushPayload, {
    description:
      "Makes accounts and groups of the client's application, or changes them to what is said, " +
      "by their external ids. For clients. Idempotent.",
  })
  async pushAccounts(
    @Arg("input", () => PushAccountsInput, { description: "The batch." })
    { accounts }: PushAccountsInput,
    @Ctx() context: Context,
  ): Promise<PushPayload> {
    const sent = accounts.map(({ externalId, kind, ...more }) => ({
      externalId, kind,
      attributes: more.attributes ?? null,
      members: more.members ?? null,
      addMembers: more.addMembers ?? null,
      removeMembers: more.removeMembers ?? null,
      version: more.version ?? null,
    }));
    return toPayload(sent, await pushAccounts(context.deps, context, { accounts: sent }));
  }

  @Mutation(() => PushPayload, {
    description:
      "Deletes accounts and groups of the client's application by their external ids. What " +
      "follows from it is held by the import's guard where it is much. For clients. Idempotent.",
  })
  async pushDeletions(
    @Arg("input", () => PushDeletionsInput, { description: "The batch." })
    { accounts }: PushDeletionsInput,
    @Ctx() context: Context,
  ): Promise<PushPayload> {
    const sent = accounts.map(({ externalId, kind, version }) => ({
      externalId, kind, version: version ?? null,
    }));
    return toPayload(sent, await pushDeletions(context.deps, context, { accounts: sent }));
  }
}

function toPayload(
  sent: readonly PushedReferenceInput[],
  outcome: Outcome<readonly Result[]>,
): PushPayload {
  if (!outcome.ok) return { results: [], errors: [toUserError(outcome.error)] };
  const results = outcome.value.map(({ outcome: became, id, version, error }, at) => ({
    externalId: sent[at]?.externalId ?? "", kind: sent[at]?.kind ?? "", outcome: became, id,
    version, error: error === null ? null : toUserError(error),
  }));
  return { results, errors: [] };
}
