import { applicationsDocument } from "@joinery/sdk";
import { useGraph } from "./queries.js";

/** What people call an application by its id; one that has gone keeps its id. */
export function useApplicationName(): (id: string) => string {
  const { data } = useGraph(applicationsDocument, { first: 500 });
  const names = new Map(data?.applications.nodes.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}
