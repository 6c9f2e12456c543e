import { JoineryClient, organisationsOf, type SignedIn } from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { CliError, exitCodes } from "../failure.js";
import { ask, askSecret, readStdin } from "../input/prompts.js";
import type { Answer } from "../output/output.js";
import { viewerLine } from "../render/viewer.js";
import { keepSession } from "../session/session.js";

interface SignInFlags {
  readonly email?: string;
  readonly organisation?: string;
  readonly passwordStdin?: boolean;
}

export function addSignIn(program: Command, act: Act): void {
  program
    .command("sign-in")
    .description("Opens a session and keeps it, readable by you only.")
    .option("--email <address>", "who; asked for when left out")
    .option("--organisation <slug>", "which, for whoever belongs to several")
    .option("--password-stdin", "read the password from stdin instead of asking for it")
    .addHelpText(
      "after",
      `
Examples:
  joinery sign-in --url https://joinery.example.com --email ada@example.com
  joinery sign-in --email ada@example.com --password-stdin < password.txt`,
    )
    .action((flags: SignInFlags, command: Command) => act(command, (call) => signIn(call, flags)));
}

async function signIn(call: Call, flags: SignInFlags): Promise<Answer> {
  const { surroundings } = call;
  const place = await call.place();
  const email = flags.email ?? (await ask(surroundings, "E-mail address:", "--email"));
  const password = flags.passwordStdin
    ? await readStdin(surroundings)
    : await askSecret(surroundings, `Password of ${email}:`, "--password-stdin");
  const client = new JoineryClient({ url: place.url, signal: surroundings.interrupted });
  const formerToken = place.session?.token ?? place.session?.formerToken ?? null;
  const known = formerToken === null ? {} : { formerToken };
  const { organisation } = flags;
  const signedIn = await client
    .signIn(email, password, { ...known, ...(organisation ? { organisation } : {}) })
    .catch((error: unknown) =>
      chooseOrganisation(error, call, (slug) =>
        client.signIn(email, password, { ...known, organisation: slug }),
      ),
    );
  const { token, expiresAt, viewer } = signedIn;
  await keepSession(surroundings, place, {
    token,
    formerToken: token,
    expiresAt,
    email: viewer.operator.email,
    organisation: viewer.organisation.slug,
  });
  return {
    document: { url: place.url, viewer, expiresAt },
    lines: [`signed in at ${place.url} as ${viewerLine(viewer)}`],
  };
}

/** The person says which of theirs; where nobody can be asked, the error says how to. */
async function chooseOrganisation(
  error: unknown,
  { surroundings }: Call,
  again: (slug: string) => Promise<SignedIn>,
): Promise<SignedIn> {
  const slugs = organisationsOf(error);
  if (slugs.length === 0) throw error;
  const choice = slugs.join(", ");
  if (!surroundings.stdin.isTTY) {
    throw new CliError("ORGANISATION_REQUIRED", "you belong to several organisations", {
      exitCode: exitCodes.usage,
      details: [`say --organisation with one of: ${choice}`],
      cause: error,
    });
  }
  return again(await ask(surroundings, `Organisation (${choice}):`, "--organisation"));
}
