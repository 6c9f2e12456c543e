import { operatorsDocument } from "@joinery/sdk";
import { useMay } from "../shell/viewer.js";
import { useGraph } from "./queries.js";

/** The name of somebody who signs in here, by id; nothing of whoever is not known, or not shown. */
export function useOperatorName(): (id: string) => string | undefined {
  const mayRead = useMay("operator:read");
  const { data } = useGraph(operatorsDocument, { first: 500 }, { isWanted: mayRead });
  const names = new Map(data?.operators.nodes.map(({ id, name }) => [id, name]));
  return (id) => names.get(id);
}
