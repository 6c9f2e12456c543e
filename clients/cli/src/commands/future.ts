import {
  accepted,
  cancelFutureTaskDocument,
  futureTasksDocument,
  moveFutureTaskDocument,
} from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { instantFlag, limitFlag } from "../input/flags.js";
import { confirm } from "../input/prompts.js";
import { listed, moreLine } from "../listed.js";
import { applicationKeys, getApplication } from "../names.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { table } from "../output/table.js";
import { shownTime } from "../output/words.js";

interface ListFlags {
  readonly application?: string;
  readonly cancelled?: boolean;
  readonly limit: number;
}

export function addFuture(program: Command, act: Act): void {
  const future = program
    .command("future")
    .description("What is to come, as deletes of accounts after their owners left.");
  future
    .command("list")
    .description("The earliest first; --cancelled shows what people cancelled.")
    .option("--application <key>", "of one application only")
    .option("--cancelled", "what was cancelled instead of what will be")
    .option("--limit <n>", "how many at most", limitFlag, 500)
    .action((flags: ListFlags, command: Command) => act(command, (call) => list(call, flags)));
  future
    .command("move <account> <time>")
    .description("Moves it; what was cancelled will be again.")
    .addHelpText("after", "\nExample:\n  joinery future move 01a1f0c2-… 2027-03-01")
    .action((id: string, time: string, _flags: object, command: Command) =>
      act(command, (call) => move(call, id, instantFlag(time))),
    );
  future
    .command("cancel <account>")
    .description("The account stays, until its owner has come back and left again.")
    .option("--yes", "without being asked")
    .action((id: string, flags: { yes?: boolean }, command: Command) =>
      act(command, (call) => cancel(call, id, flags.yes)),
    );
}

async function list(call: Call, { application, cancelled, limit }: ListFlags): Promise<Answer> {
  const client = await call.client();
  const applicationId =
    application === undefined ? null : (await getApplication(client, application)).id;
  const variables = { applicationId, cancelled: cancelled === true };
  const { nodes, hasMore } = await listed(
    client,
    futureTasksDocument,
    variables,
    (data) => data.futureTasks,
    limit,
  );
  const nameOf = await applicationKeys(client);
  const lines = table<(typeof nodes)[number]>(
    [
      { title: "DUE", of: ({ dueAt }) => shownTime(dueAt) },
      { title: "APPLICATION", of: (task) => printable(nameOf(task.applicationId)) },
      { title: "ACCOUNT", of: ({ accountName }) => printable(accountName) },
      { title: "WHAT", of: ({ cancelledAt }) => (cancelledAt ? "cancelled" : "delete") },
      { title: "ID", of: ({ id }) => id },
    ],
    nodes,
    call.output.style,
  );
  return { document: { tasks: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}

async function move(call: Call, id: string, dueAt: string): Promise<Answer> {
  const client = await call.client();
  const { moveFutureTask } = await client.request(moveFutureTaskDocument, { id, dueAt });
  const { task } = accepted(moveFutureTask);
  const name = printable(task?.accountName ?? id);
  return { document: { task }, lines: [`${name} is deleted on ${shownTime(task?.dueAt)}`] };
}

async function cancel(call: Call, id: string, yes: boolean | undefined): Promise<Answer> {
  const client = await call.client();
  await confirm(call.surroundings, `Keep the account ${printable(id)}?`, yes);
  const { cancelFutureTask } = await client.request(cancelFutureTaskDocument, { id });
  const { task } = accepted(cancelFutureTask);
  return { document: { task }, lines: [`${printable(task?.accountName ?? id)} stays`] };
}
