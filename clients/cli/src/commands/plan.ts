import { Option, type Command } from "commander";
import type { Act } from "../call.js";
import { limitFlag } from "../input/flags.js";
import { decidePlan, type DecideFlags } from "../plan/decide.js";
import { exportPlan, type ExportFlags } from "../plan/export.js";
import { itemFormats } from "../plan/item-text.js";
import { listPlan, showPlan, type ItemFlags } from "../plan/show.js";

export function addPlan(program: Command, act: Act): void {
  const plan = program
    .command("plan")
    .description("What waits for approval: show, items, approve, reject, export.");
  plan
    .command("show <application>")
    .description("How much waits, what the changes have in common, and which limits they go over.")
    .option("--limit <n>", "how many patterns at most, up to 200", limitFlag, 20)
    .addHelpText(
      "after",
      `
Example:
  joinery plan show crm
    update user: mail domain old.test → new.test, 4,213 people, by hr.mail`,
    )
    .action((key: string, flags: { limit: number }, command: Command) =>
      act(command, (call) => showPlan(call, key, flags.limit)),
    );
  plan
    .command("items <application>")
    .description("Each change that waits: before → after, why, and the hash that approves it.")
    .addOption(new Option("--operation <operation>", "only these")
      .choices(["create", "update", "delete", "members"]))
    .option("--class <class>", "of one class of the guard: delete, disable, rename, …")
    .option("--attribute <attribute>", "that change it")
    .option("--pattern <digest>", "of one pattern")
    .option("--limit <n>", "how many at most", limitFlag, 50)
    .addHelpText(
      "after",
      `
Examples:
  joinery plan items crm --class disable
  joinery plan items crm --attribute mail --limit 500 --json`,
    )
    .action((key: string, flags: ItemFlags, command: Command) =>
      act(command, (call) => listPlan(call, key, flags)),
    );
  addDecisions(plan, act);
}

function addDecisions(plan: Command, act: Act): void {
  addDecision(plan, act, "approve", "Lets changes leave that wait: all, a pattern, or some.");
  addDecision(plan, act, "reject", "Gives changes up; what is still wanted is planned anew.");
  plan
    .command("export <run-or-application>")
    .description("All changes of a run, or that wait for approval, whatever their number.")
    .addOption(
      new Option("--format <format>", "else by the file's name, or csv").choices(itemFormats),
    )
    .option("--output <file>", "into a file that only you may read, instead of stdout")
    .addHelpText(
      "after",
      `
CSV has one record for each attribute that changes (RFC 4180); what a spreadsheet would take for a
formula begins with '. JSON lines are exact.

Examples:
  joinery plan export crm --output plan.csv
  joinery plan export latest --format jsonl | jq -r .hash`,
    )
    .action((what: string, flags: ExportFlags, command: Command) =>
      act(command, (call) => exportPlan(call, what, flags)),
    );
}

function addDecision(
  plan: Command,
  act: Act,
  verb: "approve" | "reject",
  description: string,
): void {
  plan
    .command(`${verb} <application>`)
    .description(description)
    .addOption(new Option("--pattern <digest>", "all of one pattern").conflicts("item"))
    .option("--item <hash...>", "just these, up to 1,000")
    .option("--yes", "without being asked")
    .addHelpText(
      "after",
      `
What is meant is shown first, and only that is decided about: when the plan is another one by then,
nothing is (PLAN_MOVED).

Examples:
  joinery plan ${verb} crm
  joinery plan ${verb} crm --pattern 5f0c6b1e9a3d47284c1f0e6d9b8a7c35 --yes`,
    )
    .action((key: string, flags: DecideFlags, command: Command) =>
      act(command, (call) => decidePlan(call, verb, key, flags)),
    );
}
