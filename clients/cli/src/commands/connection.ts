import {
  addConnectionDocument,
  checkConnectionDocument,
  connectionDocument,
  connectionsDocument,
  JoineryApiError,
  removeConnectionDocument,
  updateConnectionDocument,
  type ConnectionDetailsFragment,
  type ConnectionOutcomeFragment,
  type JoineryClient,
} from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { exitCodes } from "../failure.js";
import {
  toConnectionInput, toConnectionUpdate, type ConnectionFlags,
} from "../input/connection-input.js";
import { limitFlag, settingFlag, withSettings } from "../input/flags.js";
import { readJsonFile } from "../input/json-file.js";
import { confirm } from "../input/prompts.js";
import { listed, moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { connectionLines } from "../render/application.js";
import { connectionDetails, connectionTable } from "../render/connection.js";
import { settingsRefusal } from "./settings-refusal.js";

export function addConnection(program: Command, act: Act): void {
  const connection = program
    .command("connection")
    .description("What several applications share of a system: add, update, list, show, check.");
  withFlags(connection.command("add [key]"))
    .option("--connector <kind>", "ldap, active-directory, scim, sql or http-json")
    .description("Makes a connection that applications may share. Nothing is connected to yet.")
    .addHelpText(
      "after",
      `
Examples:
  joinery connection add campus --connector http-json --set url=https://hr.example.org/api \\
    --set authentication.kind=bearer --set authentication.tokenSecret=hr-token
  joinery application add people --connection campus --from people.json`,
    )
    .action((key: string | undefined, flags: ConnectionFlags, command: Command) =>
      act(command, (call) => add(call, key, flags)),
    );
  withFlags(connection.command("update <connection>"))
    .description("Changes it for all applications that use it; what is not said stays.")
    .action((key: string, flags: ConnectionFlags, command: Command) =>
      act(command, (call) => update(call, key, flags)),
    );
  connection
    .command("list")
    .description("All connections.")
    .option("--limit <n>", "how many at most", limitFlag, 500)
    .action((flags: { limit: number }, command: Command) =>
      act(command, (call) => list(call, flags.limit)),
    );
  addVerbs(connection, act);
}

function addVerbs(connection: Command, act: Act): void {
  connection
    .command("show <connection>")
    .description("Settings of one connection, and who uses it.")
    .action((key: string, _flags: object, command: Command) =>
      act(command, (call) => show(call, key)),
    );
  connection
    .command("check <connection>")
    .description("Tries it with each of its applications; exit code 1 when one gets no answer.")
    .option("--set <name=value>", "what an application would say; may be repeated", settingFlag)
    .option("--from <file>", "the same from a JSON file; flags win over it")
    .action((key: string, flags: ConnectionFlags, command: Command) =>
      act(command, (call) => check(call, key, flags)),
    );
  connection
    .command("remove <connection>")
    .description("Removes it; refused while an application uses it.")
    .option("--yes", "without being asked")
    .action((key: string, flags: { yes?: boolean }, command: Command) =>
      act(command, async (call) => {
        await confirm(call.surroundings, `Remove ${printable(key)}?`, flags.yes);
        const client = await call.client();
        const { removeConnection } = await client.request(removeConnectionDocument, { id: key });
        return told(removeConnection, `connection ${printable(key)} is removed`);
      }),
    );
}

function withFlags(command: Command): Command {
  return command
    .option("--from <file>", "settings from a JSON file; flags win over it")
    .option("--name <name>", "how people call it")
    .option("--set <name=value>", "a setting of the connector; may be repeated", settingFlag);
}

async function add(call: Call, key: string | undefined, flags: ConnectionFlags): Promise<Answer> {
  const file = flags.from === undefined ? {} : await readJsonFile(flags.from);
  const input = toConnectionInput(key, file, flags);
  const client = await call.client();
  const answer = await client.request(addConnectionDocument, { input });
  return told(answer.addConnection, `connection ${printable(input.key)} is added`);
}

async function update(call: Call, key: string, flags: ConnectionFlags): Promise<Answer> {
  const file = flags.from === undefined ? {} : await readJsonFile(flags.from);
  const client = await call.client();
  const { id, configuration } = await getConnection(client, key);
  const input = toConnectionUpdate(id, configuration, file, flags);
  const answer = await client.request(updateConnectionDocument, { input });
  return told(answer.updateConnection, `connection ${printable(key)} is changed`);
}

async function list(call: Call, limit: number): Promise<Answer> {
  const { nodes, hasMore } = await listed(
    await call.client(),
    connectionsDocument,
    {},
    (data) => data.connections,
    limit,
  );
  const lines = connectionTable(nodes, call.output.style);
  return { document: { connections: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}

async function show(call: Call, key: string): Promise<Answer> {
  const connection = await getConnection(await call.client(), key);
  return { document: { connection }, lines: connectionDetails(connection, call.output.style) };
}

async function check(call: Call, key: string, flags: ConnectionFlags): Promise<Answer> {
  const file = flags.from === undefined ? {} : await readJsonFile(flags.from);
  const rest = withSettings(file, flags.set ?? []);
  const client = await call.client();
  const variables = { id: key, rest: Object.keys(rest).length > 0 ? rest : null };
  const { checkConnection: payload } = await client.request(checkConnectionDocument, variables);
  const { document } = told(payload, "");
  const { checks } = payload;
  const lines = checks.flatMap(({ application, state }) => [
    application === null ? printable(key) : `${printable(key)} for ${printable(application)}`,
    ...connectionLines(state, call.output.style),
  ]);
  const isGood = checks.every(({ state }) => state.ok);
  return { document, lines, exitCode: isGood ? exitCodes.done : exitCodes.failed };
}

/** By key or id. Throws CONNECTION_NOT_FOUND. */
async function getConnection(
  client: JoineryClient,
  keyOrId: string,
): Promise<ConnectionDetailsFragment> {
  const { connection } = await client.request(connectionDocument, { id: keyOrId });
  if (connection !== null) return connection;
  const message = "the organisation has no connection of this key or id";
  throw new JoineryApiError("CONNECTION_NOT_FOUND", message);
}

/** Throws the refusal with every problem of the settings. */
function told(payload: ConnectionOutcomeFragment, said: string): Answer {
  const { connection, checks } = payload;
  if (connection === null) throw settingsRefusal(payload);
  return { document: { connection, checks }, lines: [said] };
}
