import { eachNode, notificationsDocument, type NotificationsQuery } from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { limitFlag } from "../input/flags.js";
import { moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { table } from "../output/table.js";
import { shownTime } from "../output/words.js";

type Notification = NotificationsQuery["notifications"]["nodes"][number];

export function addNotifications(program: Command, act: Act): void {
  program
    .command("notifications")
    .description("Mails to people of the organisation, newest first.")
    .option("--limit <n>", "how many at most", limitFlag, 20)
    .action((flags: { limit: number }, command: Command) =>
      act(command, (call) => list(call, flags.limit)),
    );
}

async function list(call: Call, limit: number): Promise<Answer> {
  const { style } = call.output;
  let mailConfigured = true;
  const nodes: Notification[] = [];
  const all = eachNode(
    await call.client(),
    notificationsDocument,
    { first: Math.min(limit + 1, 500) },
    ({ notifications }) => {
      ({ mailConfigured } = notifications);
      return notifications;
    },
  );
  for await (const each of all) if (nodes.push(each) > limit) break;
  const hasMore = nodes.length > limit;
  const notifications = nodes.slice(0, limit);
  const lines = table<Notification>(
    [
      { title: "QUEUED", of: ({ createdAt }) => shownTime(createdAt) },
      { title: "KIND", of: ({ kind }) => printable(kind) },
      { title: "TO", of: ({ recipient }) => printable(recipient) },
      {
        title: "STATE",
        of: ({ state, code }) => (code ? `${state}: ${code}` : state),
        paint: (text, { state }) => (state === "failed" ? style.bad(text) : text),
      },
      { title: "SUBJECT", of: ({ subject }) => printable(subject) },
    ],
    notifications,
    style,
  );
  const waiting = mailConfigured ? [] : [style.warning("no mail server is configured: mails wait")];
  return {
    document: { notifications, hasMore, mailConfigured },
    lines: [...lines, ...moreLine(hasMore), ...waiting],
  };
}
