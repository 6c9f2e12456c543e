import { JoineryApiError } from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import type { Answer } from "../output/output.js";
import { keepSession } from "../session/session.js";

interface SignOutFlags {
  readonly everywhere?: boolean;
}

export function addSignOut(program: Command, act: Act): void {
  program
    .command("sign-out")
    .description("Ends the session, at the server and here.")
    .option("--everywhere", "all of your sessions in this organisation")
    .action((flags: SignOutFlags, command: Command) =>
      act(command, (call) => signOut(call, flags)),
    );
}

async function signOut(call: Call, { everywhere = false }: SignOutFlags): Promise<Answer> {
  const place = await call.place();
  const client = await call.client();
  const ended = await client.signOut({ everywhere }).catch((error: unknown) => {
    // It has ended before: what is left is to forget it here.
    if (error instanceof JoineryApiError && error.code === "SESSION_INVALID") return 0;
    throw error;
  });
  const { session } = place;
  if (session !== null) {
    const formerToken = everywhere ? null : session.formerToken;
    await keepSession(call.surroundings, place, { ...session, token: null, formerToken });
  }
  const what = everywhere ? `signed out everywhere, ${ended} ended` : "signed out";
  return { document: { url: place.url, ended }, lines: [`${what} at ${place.url}`] };
}
