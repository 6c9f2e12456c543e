import {
  applicationDocument, applicationsDocument, eachNode, JoineryApiError, type ApplicationQuery,
  type JoineryClient,
} from "@joinery/sdk";
import type { KeyOf } from "./render/run.js";

/** Names applications by their ids; one that was removed keeps its id for a name. */
export async function applicationKeys(client: JoineryClient): Promise<KeyOf> {
  const keys = new Map<string, string>();
  const all = eachNode(client, applicationsDocument, { first: 500 }, (data) => data.applications);
  for await (const { id, key } of all) keys.set(id, key);
  return (id) => keys.get(id) ?? id;
}

/** By key or id. Throws APPLICATION_NOT_FOUND. */
export async function getApplication(
  client: JoineryClient,
  keyOrId: string,
): Promise<NonNullable<ApplicationQuery["application"]>> {
  const { application } = await client.request(applicationDocument, { id: keyOrId });
  if (application !== null) return application;
  const message = "the organisation has no application of this key or id";
  throw new JoineryApiError("APPLICATION_NOT_FOUND", message);
}
