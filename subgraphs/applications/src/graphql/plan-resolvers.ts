import { firstArgument, intType, pageSize, permit, toPage } from "@joinery/kit";
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { approvePlan, rejectPlan, type PlanDecision } from "../app/plans/decide-plan.js";
import {
  countPlan, hashBytes, listBreaches, listPatterns, listProposed, patternBytes, patternsMax,
  readRoot,
} from "../app/plans/read-plan.js";
import { Application } from "./application-type.js";
import { afterArgument, loaderOf, type Context } from "./context.js";
import { given } from "./given.js";
import { toPlanPayload } from "./payloads.js";
import {
  Plan, PlanDecisionInput, PlanPattern, PlanPayload, toPlanPattern,
} from "./plan-type.js";
import { GuardBreach, PlanItemConnection, toPlanItem } from "./run-type.js";

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

/** Roots of a request: however often one is asked for, its hashes are read once. */
function rootLoader(context: Context) {
  return loaderOf(context, "root", (keys) => Promise.all(keys.map((key) => {
    const [applicationId = "", digest] = key.split(" ");
    const pattern = digest === undefined ? {} : { pattern: patternBytes(digest) };
    return readRoot(context.deps, context, { applicationId, ...pattern });
  })));
}

/** Patterns of a request, all that are shown of a plan: however often asked for, counted once. */
function patternsLoader(context: Context) {
  return loaderOf(context, "patterns", (ids) => Promise.all(ids.map((applicationId) =>
    listPatterns(context.deps, context, { applicationId }, patternsMax))));
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
    return rootLoader(context).load(`${applicationId} ${digest}`);
  }
}

@Resolver(() => Plan)
export class PlanResolver {
  @FieldResolver(() => String, {
    description: "What all of it comes to: a digest over the hashes. An approval gives it back; " +
      "ask for it before what you look at, so that nothing newer hides behind it.",
  })
  async root(@Root() { applicationId }: Plan, @Ctx() context: Context): Promise<string> {
    return rootLoader(context).load(applicationId);
  }

  @FieldResolver(() => PlanPattern, {
    nullable: true,
    description: "One pattern by its digest; null where nothing of it waits.",
  })
  async pattern(
    @Root() { applicationId }: Plan,
    @Arg("digest", () => String, { description: "32 hexadecimal digits." }) digest: string,
    @Ctx() context: Context,
  ): Promise<PlanPattern | null> {
    const scope = { applicationId, pattern: patternBytes(digest) };
    const [found] = await listPatterns(context.deps, context, scope, 1);
    return found === undefined ? null : toPlanPattern(found);
  }

  @FieldResolver(() => [GuardBreach], {
    description: "What the guard would have held it for; the worst of each class.",
  })
  async breaches(@Root() { applicationId }: Plan, @Ctx() context: Context): Promise<GuardBreach[]> {
    const found = await listBreaches(context.deps, context, applicationId);
    return found.map((each) => Object.assign(new GuardBreach(), each));
  }

  @FieldResolver(() => [PlanPattern], {
    description: "What the changes have in common, the most frequent first, up to 200.",
  })
  async patterns(
    @Root() { applicationId }: Plan,
    @Arg("first", intType, firstArgument) first: number,
    @Ctx() context: Context,
  ): Promise<PlanPattern[]> {
    const found = await patternsLoader(context).load(applicationId);
    return found.slice(0, pageSize(first)).map(toPlanPattern);
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
    @Arg("hashes", () => [String], { nullable: true, description: "Just these, up to 1,000." })
    hashes: string[] | null,
    @Ctx() context: Context,
  ): Promise<PlanItemConnection> {
    const filter = {
      applicationId, ...given({ operation, class: guardClass, attribute, pattern, hashes }),
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
    return toPlanPayload(await approvePlan(context.deps, context, toDecision(context, input)));
  }

  @Mutation(() => PlanPayload, {
    description: "Gives changes up that wait for approval; they are planned anew if still wanted.",
  })
  async rejectPlan(
    @Arg("input", () => PlanDecisionInput, { description: "Which." }) input: PlanDecisionInput,
    @Ctx() context: Context,
  ): Promise<PlanPayload> {
    return toPlanPayload(await rejectPlan(context.deps, context, toDecision(context, input)));
  }
}

/** Whoever may not decide learns nothing of what they wrote. */
function toDecision({ actor }: Context, input: PlanDecisionInput): PlanDecision {
  permit(actor, "plan:approve");
  const { applicationId, hashes, pattern, root } = input;
  return {
    applicationId,
    ...given({
      hashes: hashes?.map(hashBytes) ?? null,
      pattern: pattern === undefined || pattern === null ? null : patternBytes(pattern),
      root: root === undefined || root === null ? null : hashBytes(root),
    }),
  };
}
