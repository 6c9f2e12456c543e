import {
  eachNode,
  planItemsDocument,
  runItemsDocument,
  type JoineryClient,
  type PlanItemDetailsFragment,
} from "@joinery/sdk";
import type { Call } from "../call.js";
import { applicationKeys, findApplication, getApplication, getRun } from "../names.js";
import type { Answer } from "../output/output.js";
import { counted } from "../output/words.js";
import { itemText, type ItemFormat } from "./item-text.js";
import { writeItems } from "./write-items.js";

export interface ExportFlags {
  readonly format?: ItemFormat;
  readonly output?: string;
}

/** Page by page, so that a plan of any size takes no more memory than a page. */
export async function exportPlan(
  call: Call,
  what: string,
  { format, output: file }: ExportFlags,
): Promise<Answer | undefined> {
  const { output, surroundings } = call;
  const client = await call.client();
  const [items, keyOf] = await Promise.all([itemsOf(client, what), applicationKeys(client)]);
  const wanted = format ?? formatOf(file, output.isJson);
  const isShown = file === undefined && output.stdout.isTTY === true;
  const written = await writeItems(items, itemText(wanted, keyOf, isShown), {
    to: file ?? output.stdout,
    signal: surroundings.interrupted,
    onProgress: (n) => output.note(`${counted(n, "change")} written`),
  });
  if (file === undefined) return undefined;
  const lines = [`${counted(written, "change")} written to ${file}`];
  return { document: { file, format: wanted, items: written }, lines };
}

function formatOf(file: string | undefined, isJson: boolean): ItemFormat {
  if (file === undefined) return isJson ? "jsonl" : "csv";
  return /\.(jsonl|ndjson)$/i.test(file) ? "jsonl" : "csv";
}

const pageSize = 500;
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Of an application by key or id, else of a run by id or `latest`. */
async function itemsOf(
  client: JoineryClient,
  what: string,
): Promise<AsyncIterable<PlanItemDetailsFragment>> {
  const mayBeRun = what === "latest" || uuid.test(what);
  const application = await (mayBeRun ? findApplication : getApplication)(client, what);
  if (application !== null) {
    const of = { applicationId: application.id, first: pageSize };
    return eachNode(client, planItemsDocument, of, (data) => data.application?.plan.items);
  }
  const { id } = await getRun(client, what);
  return eachNode(client, runItemsDocument, { id, first: pageSize }, (data) => data.run?.items);
}
