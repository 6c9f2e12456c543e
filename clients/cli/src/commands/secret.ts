import {
  accepted,
  deleteSecretDocument,
  secretsDocument,
  setSecretDocument,
  type SecretDetailsFragment,
} from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { limitFlag } from "../input/flags.js";
import { askSecret, confirm, readStdin } from "../input/prompts.js";
import { listed, moreLine } from "../listed.js";
import type { Answer } from "../output/output.js";
import { printable } from "../output/printable.js";
import { table } from "../output/table.js";
import { shownTime } from "../output/words.js";

export function addSecret(program: Command, act: Act): void {
  const secret = program
    .command("secret")
    .description("Secrets that connections name: set, list, delete. No value can be read back.");
  secret
    .command("set <name>")
    .description("Sets a secret, or sets it anew. The value comes from a prompt or stdin.")
    .option("--stdin", "read the value from stdin instead of asking for it")
    .addHelpText(
      "after",
      `
Examples:
  joinery secret set directory-password
  joinery secret set directory-password --stdin < password.txt`,
    )
    .action((name: string, flags: { stdin?: boolean }, command: Command) =>
      act(command, (call) => setSecret(call, name, flags.stdin === true)),
    );
  secret
    .command("list")
    .description("Names and dates of all secrets.")
    .option("--limit <n>", "how many at most", limitFlag, 500)
    .action((flags: { limit: number }, command: Command) =>
      act(command, (call) => listSecrets(call, flags.limit)),
    );
  secret
    .command("delete <name>")
    .description("Deletes a secret for good.")
    .option("--yes", "without being asked")
    .action((name: string, flags: { yes?: boolean }, command: Command) =>
      act(command, (call) => deleteSecret(call, name, flags.yes)),
    );
}

async function setSecret(call: Call, name: string, isStdin: boolean): Promise<Answer> {
  const { surroundings } = call;
  const client = await call.client();
  const value =
    isStdin || !surroundings.stdin.isTTY
      ? await readStdin(surroundings)
      : await askSecret(surroundings, `Value of ${name}:`, "--stdin");
  const { setSecret: payload } = await client.request(setSecretDocument, {
    input: { name, value },
  });
  const { secret } = accepted(payload);
  return { document: { secret }, lines: [`secret ${printable(name)} is set`] };
}

async function listSecrets(call: Call, limit: number): Promise<Answer> {
  const client = await call.client();
  const { nodes, hasMore } = await listed(
    client,
    secretsDocument,
    {},
    (data) => data.secrets,
    limit,
  );
  const lines = table<SecretDetailsFragment>(
    [
      { title: "NAME", of: ({ name }) => printable(name) },
      { title: "SET", of: ({ updatedAt }) => shownTime(updatedAt) },
      { title: "FIRST SET", of: ({ createdAt }) => shownTime(createdAt) },
    ],
    nodes,
    call.output.style,
  );
  return { document: { secrets: nodes, hasMore }, lines: [...lines, ...moreLine(hasMore)] };
}

async function deleteSecret(call: Call, name: string, isSaid?: boolean): Promise<Answer> {
  const client = await call.client();
  await confirm(call.surroundings, `Delete the secret ${printable(name)} for good?`, isSaid);
  const answer = await client.request(deleteSecretDocument, { input: { name } });
  accepted(answer.deleteSecret);
  return { document: { deleted: name }, lines: [`secret ${printable(name)} is deleted`] };
}
