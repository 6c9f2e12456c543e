import { JoineryApiError } from "@joinery/sdk";

/** Short names to choose from, where somebody belongs to several organisations; else none. */
export function organisationsIn(error: unknown): readonly string[] {
  if (!(error instanceof JoineryApiError) || error.code !== "ORGANISATION_REQUIRED") return [];
  const { organisations } = (error.data ?? {}) as { readonly organisations?: readonly string[] };
  return organisations ?? [];
}
