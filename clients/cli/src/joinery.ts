import { Command, CommanderError } from "commander";
import { addCommands } from "./commands/all.js";
import { callWith, type Act } from "./call.js";
import { exitCodes, toFailure } from "./failure.js";
import { Output } from "./output/output.js";
import type { GlobalOptions } from "./call.js";
import type { Surroundings } from "./surroundings.js";

const about = `The command line of Joinery: import, run, follow, ask why.

Every command takes --json: one JSON document, or one a line where it follows something.`;

const afterHelp = `
Exit codes:
  0  done                       4  the run failed or was discarded
  1  refused or failed          5  the run is held and waits for somebody
  2  not a right command        6  Joinery does not answer
  3  not signed in            130  interrupted; a run that was followed goes on

Examples:
  joinery doctor
  joinery sign-in --email owner@example.com
  joinery application add hr --from hr.json
  joinery rules publish rules.json
  joinery import hr
  joinery why "Ada Lovelace" mail`;

/** Runs one command line. Never throws; what the process is to end with is the answer. */
export async function joinery(
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  const act: Act = async (command, run) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const output = outputFor(surroundings, options);
    const answer = await run(callWith(surroundings, output, options));
    if (answer) {
      output.answer(answer);
      exitCode = answer.exitCode ?? exitCodes.done;
    }
  };
  const program = programOf(surroundings, act);
  try {
    await program.parseAsync([...words], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    const failure = toFailure(error);
    const lines = [`${failure.code}: ${failure.message}`, ...failure.details];
    surroundings.stderr.write(`${lines.join("\n  ")}\n`);
    return failure.exitCode;
  }
}

/** All commands with their help. */
export function programOf(surroundings: Surroundings, act: Act): Command {
  const { stdout, stderr } = surroundings;
  const program = new Command("joinery")
    .description(about)
    .addHelpText("after", afterHelp)
    .option("--url <address>", "address of Joinery [JOINERY_URL, or that of the last sign-in]")
    .option("--json", "answers for programs")
    .option("--no-color", "no colours [NO_COLOR]")
    .option("--allow-http", "plain http to another machine, where the network is encrypted")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      outputError: (text, write) => write(text.replace(/^error: /, "USAGE_INVALID: ")),
    });
  addCommands(program, act);
  return program;
}

function outputFor({ config, stdout, stderr }: Surroundings, options: GlobalOptions): Output {
  const color = options.color !== false && !config.noColor;
  return new Output({ stdout, stderr }, { json: options.json === true, color });
}
