import { firstArgument, intType, toPage } from "@joinery/kit";
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { discardRun, releaseRun } from "../app/decide-run.js";
import { listItems, listRuns, loadApplications, loadRuns, loadWaves } from "../app/read-views.js";
import { listPatterns } from "../app/plans/read-plan.js";
import { readDifference } from "../app/simulating/read-difference.js";
import { startSimulation } from "../app/simulating/start-simulation.js";
import { startRun } from "../app/start-run.js";
import { Application, toApplication } from "./application-type.js";
import { afterArgument, loaderOf, type Context } from "./context.js";
import { given } from "./given.js";
import { toRunPayload } from "./payloads.js";
import { PlanPattern, SimulationDifference, toPlanPattern } from "./plan-type.js";
import {
  PlanItemConnection, Run, RunConnection, RunPayload, RunWave, toPlanItem, toRun, toRunWave,
} from "./run-type.js";

/** One application of a request, loaded in batches. */
export function applicationLoader(context: Context) {
  return loaderOf(context, "application", async (ids) => {
    const rows = await loadApplications(context.deps, context, ids);
    return rows.map((row) => row && toApplication(row));
  });
}

export function runLoader(context: Context) {
  return loaderOf(context, "run", async (ids) => {
    const rows = await loadRuns(context.deps, context, ids);
    return rows.map((row) => row && toRun(row));
  });
}

@Resolver(() => Run)
export class RunResolver {
  @Query(() => Run, { nullable: true, description: "One run; null when there is none." })
  async run(
    @Arg("id", () => ID, { description: "Its id." }) id: string,
    @Ctx() context: Context,
  ): Promise<Run | null> {
    return runLoader(context).load(id);
  }

  @Query(() => RunConnection, { description: "Runs, newest first." })
  async runs(
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, afterArgument) after: string | null,
    @Arg("applicationId", () => ID, { nullable: true, description: "Of one application only." })
    applicationId: string | null,
    @Ctx() context: Context,
  ): Promise<RunConnection> {
    const page = { first, after: after ?? null };
    const rows = await listRuns(context.deps, context, applicationId ?? null, page);
    const { nodes, pageInfo } = toPage(rows, first, (run) => [run.createdAt.toISOString(), run.id]);
    return { nodes: nodes.map(toRun), pageInfo };
  }

  @FieldResolver(() => Application, {
    nullable: true,
    description: "The application that it reads.",
  })
  async application(@Root() run: Run, @Ctx() context: Context): Promise<Application | null> {
    return applicationLoader(context).load(run.applicationId);
  }

  @FieldResolver(() => [RunWave], { description: "Its stages, in the order in which they began." })
  async waves(@Root() run: Run, @Ctx() context: Context): Promise<RunWave[]> {
    const waves = loaderOf(context, "waves", (ids) => loadWaves(context.deps, context, ids));
    return (await waves.load(run.id)).map(toRunWave);
  }

  @FieldResolver(() => PlanItemConnection, { description: "Its planned changes." })
  async items(
    @Root() { id: runId }: Run,
    @Arg("first", intType, firstArgument) first: number,
    @Arg("after", () => String, afterArgument) after: string | null,
    @Arg("state", () => String, { nullable: true, description: "Only these." })
    state: string | null,
    @Arg("operation", () => String, { nullable: true, description: "Only these." })
    operation: string | null,
    @Arg("applicationId", () => ID, { nullable: true, description: "Of one target only." })
    applicationId: string | null,
    @Arg("pattern", () => String, { nullable: true, description: "Of one pattern only, hex." })
    pattern: string | null,
    @Arg("class", () => String, { nullable: true, description: "Of one class of the guard only." })
    guardClass: string | null,
    @Ctx() context: Context,
  ): Promise<PlanItemConnection> {
    const wanted = given({ state, operation, applicationId, pattern, class: guardClass });
    const filter = { runId, ...wanted };
    const rows = await listItems(context.deps, context, filter, { first, after: after ?? null });
    const page = toPage(rows, first, (item) => [item.id]);
    return { nodes: page.nodes.map(toPlanItem), pageInfo: page.pageInfo };
  }
}

@Resolver(() => Run)
export class RunPlanResolver {
  @FieldResolver(() => [PlanPattern], {
    description: "What its planned changes have in common, the most frequent first.",
  })
  async patterns(
    @Root() { id }: Run,
    @Arg("first", intType, firstArgument) first: number,
    @Ctx() context: Context,
  ): Promise<PlanPattern[]> {
    return (await listPatterns(context.deps, context, { runId: id }, first)).map(toPlanPattern);
  }

  @FieldResolver(() => SimulationDifference, {
    nullable: true,
    description: "Of a simulation: how its plan differs from that of the one before, where there " +
      "is one and both plans are kept: those of the two newest are.",
  })
  async difference(
    @Root() { id }: Run,
    @Ctx() context: Context,
  ): Promise<SimulationDifference | null> {
    const found = await readDifference(context.deps, context, id);
    return found && Object.assign(new SimulationDifference(), found);
  }
}

@Resolver()
export class RunMutations {
  @Mutation(() => RunPayload, { description: "Queues a run of an application." })
  async startRun(
    @Arg("applicationId", () => ID, { description: "Which application." }) applicationId: string,
    @Arg("changesOnly", () => Boolean, {
      defaultValue: false,
      description: "Read what changed since the last import; everything where that is not told.",
    })
    changesOnly: boolean,
    @Ctx() context: Context,
  ): Promise<RunPayload> {
    return toRunPayload(await startRun(context.deps, context, { applicationId, changesOnly }));
  }

  @Mutation(() => RunPayload, {
    description: "Queues a simulation: what would happen if all applications in the sandbox were " +
      "live. Changes nothing anywhere.",
  })
  async startSimulation(@Ctx() context: Context): Promise<RunPayload> {
    return toRunPayload(await startSimulation(context.deps, context));
  }

  @Mutation(() => RunPayload, { description: "Lets everything through that its guards hold." })
  async releaseRun(
    @Arg("id", () => ID, { description: "Which run." }) id: string,
    @Ctx() context: Context,
  ): Promise<RunPayload> {
    return toRunPayload(await releaseRun(context.deps, context, { id }));
  }

  @Mutation(() => RunPayload, { description: "Gives up everything that its guards hold." })
  async discardRun(
    @Arg("id", () => ID, { description: "Which run." }) id: string,
    @Ctx() context: Context,
  ): Promise<RunPayload> {
    return toRunPayload(await discardRun(context.deps, context, { id }));
  }
}
