import { firstArgument, intType, toPage } from "@joinery/kit";
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { approvePlan, rejectPlan, type PlanDecision } from "../app/plans/decide-plan.js";
import {
  countPlan, hashBytes, listPatterns, listProposed, patternBytes, readRoot,
} from "../app/plans/read-plan.js";
import { Application } from "./application-type.js";
import { afterArgument, type Context } from "./context.js";
import { given } from "./given.js";
import { toPlanPayload } from "./payloads.js";
import {
  Plan, PlanDecisionInput, PlanPattern, PlanPayload, toPlanPattern,
} from "./plan-type.js";
import { PlanItemConnection, toPlanItem } from "./run-type.js";

@Resolver(() => Application)
export class ApplicationPlanResolver {
  @FieldResolver(() => Plan, {
    description: "What waits for approval; nothing does where nobody signs off.",
  })
  async plan(@Root() { id }: Application, @Ctx() context: Context): Promise<Plan> {
    const { items, since } = await countPlan(context.deps, context, id);
    return Object.assign(new Plan(), { applicationId: id, count: items, since });
  }
}

@Resolver(() => PlanPattern)
export class PlanPatternResolver {
  @FieldResolver(() => String, {
    description: "What those of it that wait for approval come to; an approval gives it back.",
  })
  async root(
    @Root() { applicationId, digest }: PlanPattern,
    @Ctx() context: Context,
  ): Promise<string> {
    const pattern = patternBytes(digest);
    return readRoot(context.deps, context, { applicationId, pattern });
  }
}

@Resolver(() => Plan)
export class PlanResolver {
  @FieldResolver(() => String, {
    description: "What all of it comes to: a digest over the hashes. An approval gives it back.",
  })
  async root(@Root() { applicationId }: Plan, @Ctx() context: Context): Promise<string> {
    return readRoot(context.deps, context, { applicationId });
  }

  @FieldResolver(() => [PlanPattern], {
    description: "What the changes have in common, the most frequent first, up to 200.",
  })
  async patterns(
    @Root() { applicationId }: Plan,
    @Arg("first", intType, firstArgument) first: number,
    @Ctx() context: Context,
  ): Promise<PlanPattern[]> {
    const found = await listPatterns(context.deps, context, { applicationId }, first);
    return found.map(toPlanPattern);
  }

  @FieldResolver(() => PlanItemConnection, { description: "The changes, in order of planning." })
  async items(
    @Root() { applicationId }: Plan,
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, afterArgument) after: string | null,
    @Arg("operation", () => String, { nullable: true, description: "Only these." })
    operation: string | null,
    @Arg("class", () => String, { nullable: true, description: "Of one class of the guard only." })
    guardClass: string | null,
    @Arg("attribute", () => String, { nullable: true, description: "That change it only." })
    attribute: string | null,
    @Arg("pattern", () => String, { nullable: true, description: "Of one pattern only, hex." })
    pattern: string | null,
    @Ctx() context: Context,
  ): Promise<PlanItemConnection> {
    const filter = {
      applicationId, ...given({ operation, class: guardClass, attribute, pattern }),
    };
    const rows = await listProposed(context.deps, context, filter, { first, after: after ?? null });
    const page = toPage(rows, first, (item) => [item.id]);
    return { nodes: page.nodes.map(toPlanItem), pageInfo: page.pageInfo };
  }
}

@Resolver()
export class PlanMutations {
  @Mutation(() => PlanPayload, {
    description: "Lets changes that wait for approval leave: some, a pattern, or the whole plan.",
  })
  async approvePlan(
    @Arg("input", () => PlanDecisionInput, { description: "Which." }) input: PlanDecisionInput,
    @Ctx() context: Context,
  ): Promise<PlanPayload> {
    return toPlanPayload(await approvePlan(context.deps, context, toDecision(input)));
  }

  @Mutation(() => PlanPayload, {
    description: "Gives changes up that wait for approval; they are planned anew if still wanted.",
  })
  async rejectPlan(
    @Arg("input", () => PlanDecisionInput, { description: "Which." }) input: PlanDecisionInput,
    @Ctx() context: Context,
  ): Promise<PlanPayload> {
    return toPlanPayload(await rejectPlan(context.deps, context, toDecision(input)));
  }
}

function toDecision({ applicationId, hashes, pattern, root }: PlanDecisionInput): PlanDecision {
  return {
    applicationId,
    ...given({
      hashes: hashes?.map(hashBytes) ?? null,
      pattern: pattern === undefined || pattern === null ? null : patternBytes(pattern),
      root: root === undefined || root === null ? null : hashBytes(root),
    }),
  };
}
