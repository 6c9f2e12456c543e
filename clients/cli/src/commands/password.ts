import {
  accepted,
  accountDocument,
  initialPasswordsDocument,
  takeInitialPasswordDocument,
  type InitialPasswordDetailsFragment,
} from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { limitFlag } from "../input/flags.js";
import { confirm } from "../input/prompts.js";
import { listed, moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { table } from "../output/table.js";
import { shownTime } from "../output/words.js";

export function addPassword(program: Command, act: Act): void {
  const password = program
    .command("password")
    .description("First passwords of new accounts: list, take.");
  password
    .command("list")
    .description("New accounts whose first password nobody has taken yet; shows none.")
    .option("--limit <n>", "how many at most", limitFlag, 500)
    .action((flags: { limit: number }, command: Command) =>
      act(command, (call) => list(call, flags.limit)),
    );
  password
    .command("take <account>")
    .description("Shows the first password of an account, once; that is recorded.")
    .option("--yes", "without being asked")
    .addHelpText(
      "after",
      `
An application makes first passwords where its export policy says "initialPasswords": true. One that
nobody takes is forgotten after a day.`,
    )
    .action((id: string, flags: { yes?: boolean }, command: Command) =>
      act(command, (call) => take(call, id, flags.yes)),
    );
}

async function list(call: Call, limit: number): Promise<Answer> {
  const client = await call.client();
  const { nodes, hasMore } = await listed(
    client,
    initialPasswordsDocument,
    {},
    (data) => data.initialPasswords,
    limit,
  );
  const lines = table<InitialPasswordDetailsFragment>(
    [
      { title: "ACCOUNT", of: ({ accountId }) => accountId },
      { title: "SET", of: ({ setAt }) => shownTime(setAt) },
      { title: "FORGOTTEN", of: ({ expiresAt }) => shownTime(expiresAt) },
    ],
    nodes,
    call.output.style,
  );
  const document = { initialPasswords: nodes, hasMore };
  return { document, lines: [...lines, ...moreLine(hasMore)] };
}

async function take(call: Call, id: string, isSaid?: boolean): Promise<Answer> {
  const client = await call.client();
  const { account } = await client.request(accountDocument, { id });
  const whose = account === null ? id : `${printable(account.name)}`;
  await confirm(call.surroundings, `Show the first password of ${whose}, once?`, isSaid);
  const answer = await client.request(takeInitialPasswordDocument, { accountId: id });
  const { password } = accepted(answer.takeInitialPassword);
  return { document: { accountId: id, password }, lines: [password ?? ""] };
}
