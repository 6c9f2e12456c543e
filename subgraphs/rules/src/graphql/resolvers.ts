import {
  firstArgument, fromCursor, intType, pageSize, toPage, toUserError, type GraphContext,
} from "@joinery/kit";
import { GraphQLJSONObject } from "graphql-scalars";
import { Arg, Ctx, Int, Mutation, Query, Resolver } from "type-graphql";
import type { Outcome, RulesDeps } from "../app/ports.js";
import {
  checkRuleSet, createRuleSet, listRuleSets, loadRuleSet, publishRuleSet,
} from "../app/rule-sets.js";
import type { RuleSetError, RuleSetVersion } from "../domain/rule-set-version.js";
import {
  CreateRuleSetInput, RuleProblem, RuleSet, RuleSetConnection, RuleSetPayload,
} from "./types.js";

type Context = GraphContext<RulesDeps>;

@Resolver()
export class RuleSetQueries {
  @Query(() => RuleSetConnection, { description: "Versions of the rule set, newest first." })
  async ruleSets(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, { nullable: true, description: "`endCursor` of the page before." })
    after: string | null,
    @Ctx() context: Context,
  ): Promise<RuleSetConnection> {
    const position = after ? Number(fromCursor(after, 1)[0]) : null;
    const rows = await listRuleSets(context.deps, context, pageSize(first), position);
    const page = toPage(rows, first, (row) => [row.version]);
    return { nodes: page.nodes.map(toRuleSet), pageInfo: page.pageInfo };
  }

  @Query(() => RuleSet, { nullable: true, description: "One version, or the active one." })
  async ruleSet(
    @Arg("version", () => Int, { nullable: true, description: "The active one when left out." })
    version: number | null,
    @Ctx() context: Context,
  ): Promise<RuleSet | null> {
    const found = await loadRuleSet(context.deps, context, version ?? null);
    return found && toRuleSet(found);
  }

  @Query(() => [RuleProblem], { description: "All problems of a candidate. Keeps nothing." })
  async checkRuleSet(
    @Arg("body", () => GraphQLJSONObject, { description: "The rule set." }) body: object,
    @Ctx() context: Context,
  ): Promise<RuleProblem[]> {
    return (await checkRuleSet(context.deps, context, body)).map((each) => ({ ...each }));
  }
}

@Resolver()
export class RuleSetMutations {
  @Mutation(() => RuleSetPayload, { description: "Keeps a rule set as the next version, a draft." })
  async createRuleSet(
    @Arg("input", () => CreateRuleSetInput, { description: "The rule set and a note." })
    input: CreateRuleSetInput,
    @Ctx() context: Context,
  ): Promise<RuleSetPayload> {
    return toPayload(await createRuleSet(context.deps, context, input));
  }

  @Mutation(() => RuleSetPayload, {
    description: "Publishes a draft. It is active once vault and applications hold it. Idempotent.",
  })
  async publishRuleSet(
    @Arg("version", () => Int, { description: "Version of the draft." }) version: number,
    @Ctx() context: Context,
  ): Promise<RuleSetPayload> {
    return toPayload(await publishRuleSet(context.deps, context, version));
  }
}

function toPayload(outcome: Outcome<RuleSetVersion, RuleSetError>): RuleSetPayload {
  if (outcome.ok) return { ruleSet: toRuleSet(outcome.value), errors: [], problems: [] };
  const { error } = outcome;
  const problems = "problems" in error ? error.problems.map((each) => ({ ...each })) : [];
  return { ruleSet: null, errors: [toUserError(error)], problems };
}

function toRuleSet(version: RuleSetVersion): RuleSet {
  return Object.assign(new RuleSet(), version);
}
