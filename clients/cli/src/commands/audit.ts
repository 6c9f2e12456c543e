import { auditEntriesDocument, type AuditEntriesQueryVariables } from "@joinery/sdk";
import type { Command } from "commander";
import { allNames } from "../names.js";
import type { Act, Call } from "../call.js";
import { instantFlag, limitFlag } from "../input/flags.js";
import { getIdentity } from "../identity-names.js";
import { listed, moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { auditLines } from "../render/audit.js";

interface AuditFlags {
  readonly identity?: string;
  readonly object?: string;
  readonly kind?: string;
  readonly run?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

export function addAudit(program: Command, act: Act): void {
  program
    .command("history <identity>")
    .description("What happened to an identity, its accounts and memberships, newest first.")
    .option("--kind <kind>", "user or group", "user")
    .option("--limit <n>", "how many at most", limitFlag, 20)
    .action((given: string, flags: { kind: string; limit: number }, command: Command) =>
      act(command, async (call) => {
        const { id } = await getIdentity(await call.client(), given, flags.kind);
        return list(call, { identityId: id }, flags.limit);
      }),
    );
  program
    .command("audit")
    .description("What happened, newest first.")
    .option("--identity <id>", "to one identity, its accounts and memberships")
    .option("--object <id>", "to one object")
    .option(
      "--kind <kind>",
      "to one kind of object: identity, account, membership, run, operator, …",
    )
    .option("--run <id>", "by one run")
    .option("--from <instant>", "from then on: 2026-11-21 or 2026-11-21T08:00:00Z", instantFlag)
    .option("--to <instant>", "before then", instantFlag)
    .option("--limit <n>", "how many at most", limitFlag, 50)
    .addHelpText(
      "after",
      `
Examples:
  joinery audit --run 0190f3a0-… --kind account
  joinery audit --from 2026-11-21 --json --limit 1000`,
    )
    .action((flags: AuditFlags, command: Command) =>
      act(command, (call) => list(call, toFilter(flags), flags.limit)),
    );
}

/** Only what was said: a filter of null is none. */
export function toFilter(flags: Omit<AuditFlags, "limit">): AuditEntriesQueryVariables {
  const { identity, object, kind, run, from, to } = flags;
  return {
    ...(identity === undefined ? {} : { identityId: identity }),
    ...(object === undefined ? {} : { objectId: object }),
    ...(kind === undefined ? {} : { objectKind: kind }),
    ...(run === undefined ? {} : { runId: run }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

async function list(
  call: Call,
  filter: AuditEntriesQueryVariables,
  limit: number,
): Promise<Answer> {
  const client = await call.client();
  const names = await allNames(client);
  const { nodes, hasMore } = await listed(
    client,
    auditEntriesDocument,
    filter,
    (data) => data.auditEntries,
    limit,
  );
  const lines = auditLines(nodes, names, call.output.style);
  return { document: { entries: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}
