import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { listSchedules } from "../app/read-views.js";
import { pauseSchedule, resumeSchedule, setSchedule } from "../app/scheduling/change-schedule.js";
import type { Direction } from "../domain/schedule.js";
import { Application } from "./application-type.js";
import { loaderOf, type Context } from "./context.js";
import { given } from "./given.js";
import {
  Schedule, SchedulePayload, SetScheduleInput, toSchedule, toSchedulePayload,
} from "./schedule-type.js";

@Resolver(() => Application)
export class ApplicationSchedulesResolver {
  @FieldResolver(() => [Schedule], { description: "When its runs begin by themselves." })
  async schedules(@Root() { id }: Application, @Ctx() context: Context): Promise<Schedule[]> {
    const loader = loaderOf(context, "schedules", (ids) =>
      listSchedules(context.deps, context, ids));
    return (await loader.load(id)).map(toSchedule);
  }
}

const which = { description: "Of which application." } as const;
const way = { description: "`import` or `outbound`." } as const;

@Resolver()
export class ScheduleMutations {
  @Mutation(() => SchedulePayload, {
    description: "Sets when runs of an application begin by themselves; a pause stays.",
  })
  async setSchedule(
    @Arg("input", () => SetScheduleInput, { description: "The whole of it." })
    input: SetScheduleInput,
    @Ctx() context: Context,
  ): Promise<SchedulePayload> {
    const { applicationId, direction, windows, ...rest } = input;
    const settings = {
      ...given(rest),
      ...(windows ? { windows: windows.map(({ from, to, days }) =>
        ({ from, to, ...given({ days }) })) } : {}),
    };
    const wanted = { applicationId, direction, settings };
    return toSchedulePayload(await setSchedule(context.deps, context, wanted));
  }

  @Mutation(() => SchedulePayload, { description: "No run begins by it. Idempotent." })
  async pauseSchedule(
    @Arg("applicationId", () => ID, which) applicationId: string,
    @Arg("direction", () => String, way) direction: Direction,
    @Ctx() context: Context,
  ): Promise<SchedulePayload> {
    const wanted = { applicationId, direction };
    return toSchedulePayload(await pauseSchedule(context.deps, context, wanted));
  }

  @Mutation(() => SchedulePayload, {
    description: "Runs begin by it again; what was missed is not made up for. Idempotent.",
  })
  async resumeSchedule(
    @Arg("applicationId", () => ID, which) applicationId: string,
    @Arg("direction", () => String, way) direction: Direction,
    @Ctx() context: Context,
  ): Promise<SchedulePayload> {
    const wanted = { applicationId, direction };
    return toSchedulePayload(await resumeSchedule(context.deps, context, wanted));
  }
}
