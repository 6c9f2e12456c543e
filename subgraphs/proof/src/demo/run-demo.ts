import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack, type RunningStack } from "@joinery/gateway/launch";
import { parse } from "csv-parse/sync";
import { Graph } from "../support/graph.js";
import { Organisation, until, type RunOutcome } from "../support/organisation.js";
import { markRows, writtenSince, type WrittenRows } from "../support/written-rows.js";
import { countFileWrites, startDirectory, type DemoDirectory } from "./directory.js";
import { differencesOf, expectedFrom, type SecondState } from "./oracle.js";
import { makePeople, toCsv } from "./people.js";
import { demoRuleSet } from "./rule-set.js";

export interface DemoOptions {
  readonly people: number;
  readonly seed: number;
  /** What happens, for people to read. */
  readonly say: (line: string) => void;
}

export interface DemoReport {
  readonly people: number;
  readonly identities: number;
  readonly joins: number;
  readonly directory: "ldap" | "csv";
  readonly accounts: { readonly directory: number; readonly second: number };
  readonly groups: number;
  readonly memberships: number;
  readonly firstRunSeconds: number;
  readonly secondRunWrites: number;
  readonly failures: readonly string[];
}

/**
 * The main job on a stack of its own in a temporary folder: people of an HR file become identities
 * and accounts in a directory and a second application; then the same again, which writes nothing.
 * Everything is asked of the graph; what came of it is read back from the targets themselves.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const folder = await mkdtemp(join(tmpdir(), "joinery-demo-"));
  let stack: RunningStack | undefined;
  let directory: DemoDirectory | undefined;
  try {
    const began = performance.now();
    stack = await startStack({ dataFolder: folder });
    options.say(`Joinery is up at ${stack.url} after ${seconds(began)} s`);
    const graph = new Graph(stack.url);
    await graph.signIn(stack.ownerEmail, stack.ownerPassword);
    const files = await filesFolder(graph, folder);
    directory = await startDirectory(files);
    return await demonstrate({ options, stack, graph, directory, files });
  } finally {
    await directory?.stop();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly options: DemoOptions;
  readonly stack: RunningStack;
  readonly graph: Graph;
  readonly directory: DemoDirectory;
  readonly files: string;
}

/** Connectors see only the files of their own organisation. */
async function filesFolder(graph: Graph, dataFolder: string): Promise<string> {
  const { viewer } = await graph.ask<{ viewer: { organisation: { id: string } } }>(
    "{ viewer { organisation { id } } }",
  );
  const files = join(dataFolder, "files", viewer.organisation.id);
  await mkdir(files, { recursive: true });
  return files;
}

async function demonstrate(stage: Stage): Promise<DemoReport> {
  const { options, stack, graph, directory, files } = stage;
  const organisation = new Organisation(graph);
  const hrFile = toCsv(makePeople(options.people, options.seed));
  await writeFile(join(files, "hr.csv"), hrFile);
  const secondFile = join(files, "second.csv");
  await writeFile(secondFile, "id,name,email,department,role\n");
  options.say(`an HR file of ${options.people} people is written (seed ${options.seed})`);
  const hr = await connect(organisation, directory);
  options.say("HR, the directory and a second application are connected, rules are published");

  const began = performance.now();
  const first = await organisation.run(hr);
  const firstRunSeconds = seconds(began);
  options.say(
    `first run: ${first.state} after ${firstRunSeconds} s ${JSON.stringify(first.counts)}`,
  );
  const failures = problemsOf("first run", first);
  await settle(stack, graph, first);

  const rowsBefore = await markRows(stack.databaseUrl);
  const targetsBefore = await targetWrites(directory, secondFile);
  const second = await organisation.run(hr);
  failures.push(...problemsOf("second run", second));
  await settle(stack, graph, second);
  const rows = await writtenSince(rowsBefore, stack.databaseUrl);
  const targets = await targetWrites(directory, secondFile);
  const secondRunWrites = beyondItsRecord(rows) + (targets === targetsBefore ? 0 : 1);
  options.say(`second run: ${second.state}, ${secondRunWrites} writes ${describeRows(rows)}`);

  const expected = expectedFrom(hrFile);
  const found = await directory.read();
  const secondState = await readSecond(secondFile);
  failures.push(...differencesOf(expected, found, secondState));
  const counts = await countIdentities(graph);
  if (counts.identities !== expected.identities) {
    failures.push(`${counts.identities} identities are not ${expected.identities}`);
  }
  return {
    people: options.people,
    identities: counts.identities,
    joins: counts.joins,
    directory: directory.kind,
    accounts: { directory: found.people.size, second: secondState.size },
    groups: found.groups.size,
    memberships: [...found.groups.values()].reduce((sum, members) => sum + members.size, 0),
    firstRunSeconds,
    secondRunWrites,
    failures,
  };
}

/** Applications, secrets, rules; both targets are read once, for no create leaves before that. */
async function connect(organisation: Organisation, directory: DemoDirectory): Promise<string> {
  if (directory.secret) {
    await organisation.setSecret(directory.secret.name, directory.secret.value);
  }
  const hr = await organisation.addApplication({
    key: "hr",
    name: "HR",
    connector: "csv",
    configuration: { path: "hr.csv", anchor: "number" },
    authoritativeFor: ["user"],
  });
  const directoryId = await organisation.addApplication(directory.application);
  const secondId = await organisation.addApplication({
    key: "second",
    name: "Second application",
    connector: "csv",
    configuration: { path: "second.csv", anchor: "id", mayBeEmpty: true },
  });
  await organisation.publish(demoRuleSet(directory.kind));
  for (const id of [directoryId, secondId]) {
    const read = await organisation.run(id);
    const problems = problemsOf("first read", read);
    if (problems.length > 0) throw new Error(problems.join("; "));
  }
  return hr;
}

function problemsOf(what: string, run: RunOutcome): string[] {
  const problems = run.errors.map(({ code, count, samples }) =>
    `${what}: ${count} × ${code} ${samples[0]?.object ?? ""} ${samples[0]?.reason ?? ""}`);
  if (run.state !== "finished") problems.push(`${what}: ${run.state} ${run.code} ${run.reason}`);
  return problems;
}

/** Waits until audit has written what the run did, and nothing more comes. */
async function settle(stack: RunningStack, graph: Graph, run: RunOutcome): Promise<void> {
  await until(async () => {
    const { auditEntries } = await graph.ask<{ auditEntries: { nodes: { operation: string }[] } }>(
      `query ($id: ID!) {
        auditEntries(runId: $id, objectKind: "run", first: 10) { nodes { operation } }
      }`,
      { id: run.id },
    );
    return auditEntries.nodes.some(({ operation }) => operation === run.state);
  }, "the end of the run is in the audit");
  let before = await markRows(stack.databaseUrl);
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const isQuiet = (await writtenSince(before, stack.databaseUrl)).size === 0;
    before = await markRows(stack.databaseUrl);
    return isQuiet;
  }, "everything is quiet");
}

async function targetWrites(directory: DemoDirectory, secondFile: string): Promise<number> {
  return (await directory.writes()) + (await countFileWrites([secondFile]));
}

/**
 * The run's own record: its row and waves, its entries in the audit, and the events that say that
 * it began, was released and ended. Everything else that a second run writes is a write too many.
 */
const ownRecord = new Set([
  "applications.run", "applications.wave", "vault.wave", "audit.entry", "audit.position",
  "event applications.run.changed", "event applications.import.released",
  "event vault.inbound.changed", "event applications.action.recorded",
]);

/** Entries of the audit that are about the run itself: started, finished, and who asked for it. */
const ownAuditEntries = 3;

function beyondItsRecord(rows: WrittenRows): number {
  let writes = 0;
  for (const [name, n] of rows) if (!ownRecord.has(name)) writes += n;
  return writes + Math.max(0, (rows.get("audit.entry") ?? 0) - ownAuditEntries);
}

function describeRows(rows: WrittenRows): string {
  return [...rows].map(([name, n]) => `${name} ${n}`).join(", ");
}

async function readSecond(file: string): Promise<SecondState> {
  const rows = parse(await readFile(file), { columns: true }) as Record<string, string>[];
  const filled = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== "")));
  return new Map(filled.map((row) => [row["id"] ?? "", row]));
}

async function countIdentities(graph: Graph): Promise<{ identities: number; joins: number }> {
  const { identityCounts } = await graph.ask<{ identityCounts: { users: number } }>(
    "{ identityCounts { users } }",
  );
  let joins = 0;
  let after: string | null = null;
  do {
    const page: JoinsPage = await graph.ask<JoinsPage>(
      `query ($after: String) {
        identities(first: 500, after: $after) {
          nodes { joins { state } } pageInfo { hasNextPage endCursor }
        }
      }`,
      { after },
    );
    for (const { joins: each } of page.identities.nodes) joins += each.length;
    after = page.identities.pageInfo.hasNextPage ? page.identities.pageInfo.endCursor : null;
  } while (after !== null);
  return { identities: identityCounts.users, joins };
}

interface JoinsPage {
  readonly identities: {
    readonly nodes: readonly { readonly joins: readonly unknown[] }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 10) / 100;
}
