import {
  applicationSchedulesDocument,
  JoineryApiError,
  pauseScheduleDocument,
  resumeScheduleDocument,
  schedulesDocument,
  setScheduleDocument,
  type ScheduleDetailsFragment,
  type ScheduleOutcomeFragment,
} from "@joinery/sdk";
import { Argument, type Command } from "commander";
import type { Act, Call } from "../call.js";
import { CliError } from "../failure.js";
import { limitFlag } from "../input/flags.js";
import {
  blackoutFlag,
  everyFlag,
  toScheduleInput,
  windowFlag,
  type ScheduleFlags,
} from "../input/schedule-input.js";
import { listed, moreLine } from "../listed.js";
import { getApplication } from "../names.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { shownTime } from "../output/words.js";
import { scheduleTable } from "../render/schedule.js";

const direction = (): Argument =>
  new Argument("<direction>", "import, or outbound: plan for whoever became due").choices([
    "import",
    "outbound",
  ]);

export function addSchedule(program: Command, act: Act): void {
  const schedule = program
    .command("schedule")
    .description("When runs begin by themselves: list, set, pause, resume.");
  schedule
    .command("list [application]")
    .description("When runs of all applications, or of one, are due, and what became of the last.")
    .option("--limit <n>", "how many applications at most", limitFlag, 500)
    .action((key: string | undefined, flags: { limit: number }, command: Command) =>
      act(command, (call) => (key === undefined ? list(call, flags.limit) : listOf(call, key))),
    );
  schedule
    .command("set <application>")
    .addArgument(direction())
    .description("Sets the whole of a schedule: every so often, or by cron.")
    .option("--every <time>", "15m, 6h or 1d; 1m at least", everyFlag)
    .option("--cron <expression>", "minute, hour, day of the month, month, day of the week")
    .option("--time-zone <name>", "IANA time zone of cron and windows; UTC unless said")
    .option("--window <hours>", "when runs may begin; may be repeated", windowFlag)
    .option("--blackout <from/to>", "when none begins; may be repeated", blackoutFlag)
    .option("--changes", "an import reads what changed, everything once a day")
    .option("--no-changes", "an import reads everything")
    .addHelpText(
      "after",
      `
A new application is imported every hour, and whoever became due is planned for every 15 minutes.
A time that the clocks skip comes right after the gap; one that they show twice comes once.

Examples:
  joinery schedule set hr import --cron "30 5 * * mon-fri" --time-zone Europe/Berlin
  joinery schedule set ad import --every 15m --changes --window "mon-fri 06:00-20:00"
  joinery schedule set ad outbound --every 5m \\
    --blackout 2026-12-24T00:00:00+01:00/2026-12-27T00:00:00+01:00`,
    )
    .action((key: string, way: string, flags: ScheduleFlags, command: Command) =>
      act(command, (call) => set(call, key, way, flags)),
    );
  schedule
    .command("pause <application>")
    .addArgument(direction())
    .description("No run begins by it until it is resumed; people may start runs.")
    .action((key: string, way: string, _flags: object, command: Command) =>
      act(command, (call) => pause(call, key, way)),
    );
  schedule
    .command("resume <application>")
    .addArgument(direction())
    .description("Runs begin by it again; what was missed is not made up for.")
    .action((key: string, way: string, _flags: object, command: Command) =>
      act(command, (call) => resume(call, key, way)),
    );
}

async function list(call: Call, limit: number): Promise<Answer> {
  const client = await call.client();
  const { nodes, hasMore } = await listed(
    client,
    schedulesDocument,
    {},
    (data) => data.applications,
    limit,
  );
  return {
    document: { applications: nodes, hasMore },
    lines: [...scheduleTable(nodes, call.output.style), ...moreLine(hasMore)],
  };
}

async function listOf(call: Call, key: string): Promise<Answer> {
  const client = await call.client();
  const { id } = await getApplication(client, key);
  const { application } = await client.request(applicationSchedulesDocument, { id });
  const applications = application === null ? [] : [application];
  return {
    document: { applications, hasMore: false },
    lines: scheduleTable(applications, call.output.style),
  };
}

async function set(call: Call, key: string, way: string, flags: ScheduleFlags): Promise<Answer> {
  const client = await call.client();
  const { id } = await getApplication(client, key);
  const input = toScheduleInput(id, way, flags);
  return told(key, (await client.request(setScheduleDocument, { input })).setSchedule);
}

async function pause(call: Call, key: string, way: string): Promise<Answer> {
  const client = await call.client();
  const { id } = await getApplication(client, key);
  const variables = { applicationId: id, direction: way };
  return told(key, (await client.request(pauseScheduleDocument, variables)).pauseSchedule);
}

async function resume(call: Call, key: string, way: string): Promise<Answer> {
  const client = await call.client();
  const { id } = await getApplication(client, key);
  const variables = { applicationId: id, direction: way };
  return told(key, (await client.request(resumeScheduleDocument, variables)).resumeSchedule);
}

/** Throws the refusal with every problem of the schedule. */
function told(key: string, { schedule, errors, problems }: ScheduleOutcomeFragment): Answer {
  if (schedule !== null) return { document: { schedule }, lines: [saidOf(key, schedule)] };
  const [first] = errors;
  if (!first) throw new JoineryApiError("ANSWER_UNREADABLE", "neither done nor refused");
  const details = problems.map(({ setting, message }) => printable(`${setting} ${message}`));
  throw new CliError(first.code, first.message, { details });
}

function saidOf(key: string, { direction: way, paused, nextAt }: ScheduleDetailsFragment): string {
  const when = paused ? "is paused" : `is next due ${shownTime(nextAt)}`;
  return `${printable(way)} of ${printable(key)} ${when}`;
}
