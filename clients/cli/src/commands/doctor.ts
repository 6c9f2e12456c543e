import type { Command } from "commander";
import type { Act, Call } from "../call.js";
import { examine, findingLines, type Found } from "../doctor/examine.js";
import { installationChecks } from "../doctor/installation.js";
import { machineChecks } from "../doctor/machine.js";
import { exitCodes } from "../failure.js";
import type { Answer, Output } from "../output/output.js";

export function addDoctor(program: Command, act: Act): void {
  program
    .command("doctor")
    .description(
      "What is missing on this machine and in the installation; exit code 1 if anything is.",
    )
    .action((_flags: object, command: Command) => act(command, doctor));
}

async function doctor(call: Call): Promise<Answer> {
  const { output, surroundings } = call;
  const { config, interrupted: signal, now } = surroundings;
  const { url, session } = await call.place();
  const token = config.token ?? session?.token ?? null;
  const found = await examine(
    [
      ...machineChecks(config, process.versions.node),
      ...installationChecks({ url, token, now, signal }),
    ],
    output,
  );
  signal.throwIfAborted();
  const isWell = found.every(({ state }) => state !== "missing");
  return {
    document: { ok: isWell, checks: found },
    lines: output.isLively ? todoLines(found, output) : found.flatMap((one) => paint(one, output)),
    exitCode: isWell ? exitCodes.done : exitCodes.failed,
  };
}

/** The list has moved already: what is left is what to do. */
function todoLines(found: readonly Found[], { style }: Output): readonly string[] {
  const missing = found.filter(({ state }) => state === "missing");
  if (missing.length === 0) return [style.good("nothing is missing")];
  return missing.map(({ name, todo }) => `${style.bad(name)}: ${todo ?? ""}`);
}

function paint(finding: Found, { style }: Output): readonly string[] {
  const [line = "", ...rest] = findingLines(finding);
  const color = { ok: style.good, missing: style.bad, optional: style.warning }[finding.state];
  return [color(line), ...rest];
}
