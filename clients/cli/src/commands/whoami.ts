import { JoineryApiError, viewerDocument } from "@joinery/sdk";
import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import type { Answer } from "../output/output.js";
import { viewerLine } from "../render/viewer.js";

export function addWhoami(program: Command, act: Act): void {
  program
    .command("whoami")
    .description("Who is signed in, where, and what they may do.")
    .action((_flags: object, command: Command) => act(command, whoami));
}

async function whoami(call: Call): Promise<Answer> {
  const { url } = await call.place();
  const { viewer } = await (await call.client()).request(viewerDocument);
  if (viewer === null) throw new JoineryApiError("UNAUTHENTICATED", "nobody is signed in");
  return {
    document: { url, viewer },
    lines: [
      `${viewerLine(viewer)} at ${url}`,
      call.output.style.dim(`files: ${viewer.organisation.id}, below files/ of the data folder`),
      call.output.style.dim(`may: ${viewer.permissions.join(" ")}`),
    ],
  };
}
