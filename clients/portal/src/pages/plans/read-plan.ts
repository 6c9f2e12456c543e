import { planDocument, planRootDocument, type PlanQuery } from "@joinery/sdk";
import { useQuery } from "@tanstack/react-query";
import { ask } from "../../app/client.js";

export type Plan = NonNullable<PlanQuery["application"]>["plan"] & {
  /** What the whole plan came to before it was read. */
  readonly root: string;
};

const patternsMax = 200;
const everyMs = 10_000;

/**
 * What of an application waits. Its root is read first: what came between is then not what the
 * root stands for, and an approval of it is refused.
 */
export function usePlan(applicationId: string) {
  return useQuery({
    queryKey: ["Plan", applicationId],
    queryFn: async ({ signal }): Promise<Plan | null> => {
      const { application } = await ask(planRootDocument, { applicationId }, signal);
      const shown = await ask(planDocument, { applicationId, first: patternsMax }, signal);
      if (application === null || shown.application === null) return null;
      return { ...shown.application.plan, root: application.plan.root };
    },
    refetchInterval: everyMs,
  });
}
