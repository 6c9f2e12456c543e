import {
  auditEntriesDocument,
  identitiesDocument,
  identityWhyDocument,
  JoineryApiError,
  waitingAccountsDocument,
  type JoineryClient,
} from "@joinery/sdk";
import { Option, type Command } from "commander";
import { allNames, applicationKeys, getApplication } from "../names.js";
import type { Act, Call } from "../call.js";
import { limitFlag } from "../input/flags.js";
import { getIdentity } from "../identity-names.js";
import { listed, moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { auditLines } from "../render/audit.js";
import { identityDetails, identityTable, joinTable, whyLines } from "../render/identity.js";

interface KindFlags {
  readonly kind: string;
}

export function addIdentities(program: Command, act: Act): void {
  const which = "by id, label, or the beginning of a label that only one has";
  program
    .command("identities [search]")
    .description("Identities in order of their labels, or those whose label begins so.")
    .addOption(kindOption())
    .option("--limit <n>", "how many at most", limitFlag, 50)
    .action((search: string | undefined, flags: KindFlags & { limit: number }, command: Command) =>
      act(command, (call) => list(call, search, flags)),
    );
  program
    .command("identity <identity>")
    .description(`One identity with its attributes, accounts and groups, ${which}.`)
    .addOption(kindOption())
    .action((given: string, flags: KindFlags, command: Command) =>
      act(command, (call) => show(call, given, flags)),
    );
  program
    .command("why <identity> [attribute]")
    .description("Why each value is what it is: who won it, who lost, by which mapper and account.")
    .addOption(kindOption())
    .option("--history <n>", "how many of the last changes to tell", limitFlag, 5)
    .addHelpText(
      "after",
      `
Examples:
  joinery why "Ada Lovelace"
  joinery why "Ada Lovelace" mail --json`,
    )
    .action((given: string, attribute: string | undefined, flags: WhyFlags, command: Command) =>
      act(command, (call) => why(call, given, attribute, flags)),
    );
  program
    .command("waiting <application>")
    .description("Accounts of an application that found nobody, several, or failed.")
    .addOption(
      new Option("--situation <situation>")
        .choices(["unmatched", "disputed", "failed"])
        .default("unmatched"),
    )
    .option("--limit <n>", "how many at most", limitFlag, 50)
    .action((key: string, flags: { situation: string; limit: number }, command: Command) =>
      act(command, (call) => waiting(call, key, flags)),
    );
}

function kindOption(): Option {
  return new Option("--kind <kind>").choices(["user", "group"]).default("user");
}

async function list(
  call: Call,
  search: string | undefined,
  { kind, limit }: KindFlags & { readonly limit: number },
): Promise<Answer> {
  const variables = { kind, ...(search === undefined ? {} : { search }) };
  const { nodes, hasMore } = await listed(
    await call.client(),
    identitiesDocument,
    variables,
    (data) => data.identities,
    limit,
  );
  const lines = identityTable(nodes, call.output.style);
  return { document: { identities: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}

async function show(call: Call, given: string, { kind }: KindFlags): Promise<Answer> {
  const client = await call.client();
  const identity = await getIdentity(client, given, kind);
  const keyOf = await applicationKeys(client);
  return { document: { identity }, lines: identityDetails(identity, keyOf, call.output.style) };
}

interface WhyFlags extends KindFlags {
  readonly history: number;
}

async function why(
  call: Call,
  given: string,
  attribute: string | undefined,
  { kind, history: limit }: WhyFlags,
): Promise<Answer> {
  const { style } = call.output;
  const client = await call.client();
  const { id } = await getIdentity(client, given, kind);
  const names = await allNames(client);
  const identity = await explained(client, id, attribute);
  const history = await listed(
    client,
    auditEntriesDocument,
    { identityId: id },
    (data) => data.auditEntries,
    limit,
  );
  return {
    document: { identity, history: history.nodes },
    lines: [
      ...whyLines(identity, names.application, style),
      "",
      style.bold("last changes"),
      ...auditLines(history.nodes, names, style),
    ],
  };
}

/** Throws ATTRIBUTE_UNKNOWN when nobody wishes anything for the attribute. */
async function explained(client: JoineryClient, id: string, attribute: string | undefined) {
  const { identity } = await client.request(identityWhyDocument, { id });
  if (identity === null) {
    throw new JoineryApiError("IDENTITY_NOT_FOUND", "the organisation has no such identity");
  }
  if (attribute === undefined) return identity;
  const only = identity.why.filter((one) => one.attribute === attribute);
  if (only.length > 0) return { ...identity, why: only };
  const known = identity.why.map((one) => printable(one.attribute)).join(" ");
  const message = `nothing wishes a value for it; there are: ${known || "none"}`;
  throw new JoineryApiError("ATTRIBUTE_UNKNOWN", message);
}

async function waiting(
  call: Call,
  key: string,
  { situation, limit }: { readonly situation: string; readonly limit: number },
): Promise<Answer> {
  const client = await call.client();
  const { id: applicationId } = await getApplication(client, key);
  const { nodes, hasMore } = await listed(
    client,
    waitingAccountsDocument,
    { applicationId, situation },
    (data) => data.waitingAccounts,
    limit,
  );
  const lines =
    nodes.length > 0
      ? joinTable(nodes, () => key, call.output.style)
      : [`no account of ${printable(key)} is ${situation}`];
  return { document: { accounts: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}
