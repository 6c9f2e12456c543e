import { viewerDocument, type ViewerDetailsFragment } from "@joinery/sdk";
import { useGraph } from "../app/queries.js";

/** Who is signed in; the router let nobody else in. */
export function useViewer(): ViewerDetailsFragment | null {
  return useGraph(viewerDocument, {}).data?.viewer ?? null;
}

/** Whether whoever is signed in may do this. The server decides; this hides what it refuses. */
export function useMay(permission: string): boolean {
  return useViewer()?.permissions.includes(permission) ?? false;
}
