import * as z from "zod";
import { bodyProblem, pathProblem, queryProblem } from "./templates.js";

const query = z.record(z.string().min(1).max(256), z.string().max(8192)).default({});

/** Methods that only ask. */
const asking = z.enum(["GET", "POST"]).default("GET");

/** One request that only asks; `{name}` in path and query, `{"$value": "name"}` in the body. */
export const askSettings = {
  method: asking,
  path: z.string().max(2048),
  query,
  /** JSON; of POST alone. */
  body: z.json().optional(),
};

/** One request that changes something. */
export const doSettings = z.strictObject({
  method: z.enum(["POST", "PUT", "PATCH", "DELETE"]),
  path: z.string().max(2048),
  query,
  body: z.json().optional(),
});

export type AskSettings = z.infer<z.ZodObject<typeof askSettings>>;
export type DoSettings = z.infer<typeof doSettings>;

/** What is wrong with the templates of a request: setting below it, and message. */
export function* requestProblems(
  { method, path, query: words, body }: AskSettings | DoSettings, names: readonly string[],
): Generator<readonly [string, string]> {
  const inPath = pathProblem(path, names);
  if (inPath !== undefined) yield ["path", inPath];
  for (const [name, text] of Object.entries(words)) {
    const inQuery = queryProblem(text, names);
    if (inQuery !== undefined) yield [`query.${name}`, inQuery];
  }
  if (body === undefined) return;
  if (method === "GET") yield ["body", "is for POST, PUT, PATCH and DELETE"];
  const inBody = bodyProblem(body, names);
  if (inBody !== undefined) yield ["body", inBody];
}
