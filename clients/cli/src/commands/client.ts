import {
  accepted,
  addClientDocument,
  clientsDocument,
  revokeClientDocument,
  type ClientDetailsFragment,
} from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { daysFlag, limitFlag } from "../input/flags.js";
import { confirm } from "../input/prompts.js";
import { listed, moreLine } from "../listed.js";
import { applicationKeys, getApplication } from "../names.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { table } from "../output/table.js";
import { shownTime } from "../output/words.js";

export function addClient(program: Command, act: Act): void {
  const client = program
    .command("client")
    .description("Clients that push people and groups into an application by SCIM 2.0.");
  client
    .command("add <name>")
    .description("Makes a client and shows its token, once.")
    .requiredOption("--application <key>", "the application, with the connector pushed")
    .option("--days <n>", "how long the token lasts, 1 to 730", daysFlag, 365)
    .addHelpText(
      "after",
      `
Example:
  joinery application add okta --connector pushed --authoritative-for user --watch
  joinery client add "Okta production" --application okta --days 180

Its address is <address of Joinery>/scim/v2, the token goes into the Authorization header:
  Authorization: Bearer jnc_…`,
    )
    .action((name: string, flags: { application: string; days: number }, command: Command) =>
      act(command, (call) => add(call, name, flags)),
    );
  client
    .command("list")
    .description("All clients, revoked ones too; shows no token.")
    .option("--limit <n>", "how many at most", limitFlag, 500)
    .action((flags: { limit: number }, command: Command) =>
      act(command, (call) => list(call, flags.limit)),
    );
  client
    .command("revoke <id>")
    .description("Its token opens nothing any more, within seconds.")
    .option("--yes", "without being asked")
    .action((id: string, flags: { yes?: boolean }, command: Command) =>
      act(command, (call) => revoke(call, id, flags.yes)),
    );
}

async function add(
  call: Call,
  name: string,
  { application: key, days }: { readonly application: string; readonly days: number },
): Promise<Answer> {
  const api = await call.client();
  const application = await getApplication(api, key);
  const answer = await api.request(addClientDocument, {
    input: { name, applicationId: application.id, days },
  });
  const { client, token } = accepted(answer.addClient);
  const { url } = await call.place();
  const lines = [
    `client ${printable(name)} pushes into ${printable(application.key)} until ` +
      shownTime(client?.expiresAt),
    `address: ${url}/scim/v2`,
    `token, shown this once: ${token ?? ""}`,
  ];
  return { document: { client, token }, lines };
}

async function list(call: Call, limit: number): Promise<Answer> {
  const api = await call.client();
  const nameOf = await applicationKeys(api);
  const { nodes, hasMore } = await listed(
    api,
    clientsDocument,
    {},
    (data) => data.clients,
    limit,
  );
  const lines = table<ClientDetailsFragment>(
    [
      { title: "ID", of: ({ id }) => id },
      { title: "NAME", of: ({ name }) => printable(name) },
      { title: "APPLICATION", of: ({ applicationId }) => printable(nameOf(applicationId)) },
      { title: "TOKEN", of: ({ key }) => `${key}…` },
      { title: "LAST USED", of: ({ lastUsedAt }) => shownTime(lastUsedAt) },
      { title: "ENDS", of: ({ expiresAt, revokedAt }) => endOf(expiresAt, revokedAt) },
    ],
    nodes,
    call.output.style,
  );
  return { document: { clients: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}

function endOf(expiresAt: string, revokedAt: string | null): string {
  return revokedAt === null ? shownTime(expiresAt) : `revoked ${shownTime(revokedAt)}`;
}

async function revoke(call: Call, id: string, isSaid?: boolean): Promise<Answer> {
  const api = await call.client();
  await confirm(call.surroundings, `Revoke the client ${printable(id)} for good?`, isSaid);
  const answer = await api.request(revokeClientDocument, { id });
  const { client } = accepted(answer.revokeClient);
  return { document: { client }, lines: [`client ${printable(client?.name ?? id)} is revoked`] };
}
