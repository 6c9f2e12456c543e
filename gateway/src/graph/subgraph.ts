import type { SubgraphAnswer, SubgraphRequest } from "@joinery/kit";

/**
 * A subgraph as the gateway sees it, in this process (`SubgraphServer` is one) or behind HTTP.
 * `answer` throws INTERNAL_TOKEN_REFUSED and SERVICE_UNREACHABLE; everything else is in its errors.
 */
export interface Subgraph {
  answer(request: SubgraphRequest): Promise<SubgraphAnswer>;
}
