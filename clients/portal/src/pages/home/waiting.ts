import type { ApplicationHealthQuery, PlansWaitingQuery } from "@joinery/sdk";

export type Health = ApplicationHealthQuery["applications"]["nodes"][number];

export type Planned = PlansWaitingQuery["applications"]["nodes"][number];

/** One thing that waits for a person, gravest kind first. */
export interface Waiting {
  readonly kind: "held" | "plan" | "failed" | "quarantined" | "stopped" | "paused" | "unwatched";
  readonly application: Pick<Health, "id" | "key" | "name">;
  /** Since when; null where that is not known. */
  readonly since: string | null;
  readonly code: string | null;
  readonly reason: string | null;
  /** The run to look at; null where the application is. */
  readonly runId: string | null;
  /** How many changes of a plan wait; 0 of everything else. */
  readonly count: number;
}

type Found = Omit<Waiting, "kind">;

/**
 * What waits for a person: held runs, then plans to approve, failed runs, and what applications
 * wait for.
 */
export function whatWaits(
  applications: readonly Health[],
  plans: readonly Planned[],
): readonly Waiting[] {
  type Find = (one: Health) => Found | null;
  const ofKind = (kind: Waiting["kind"], find: Find) =>
    applications.flatMap((application) => {
      const found = find(application);
      return found === null ? [] : [{ kind, ...found }];
    });
  return [
    ...ofKind("held", (application) => lastRunIn(application, "held")),
    ...plans.flatMap(toWaiting),
    ...ofKind("failed", (application) => lastRunIn(application, "failed")),
    ...ofKind("quarantined", (application) => {
      const { quarantinedAt: since, code, reason } = application.health;
      return since === null ? null : { ...about(application, code, reason), since };
    }),
    ...ofKind("stopped", (application) =>
      application.stopped ? about(application, null, null) : null),
    ...ofKind("paused", (application) =>
      application.pauseCode === null
        ? null
        : about(application, application.pauseCode, application.pauseReason)),
    ...ofKind("unwatched", (application) =>
      application.watchCode === null
        ? null
        : about(application, application.watchCode, application.watchReason)),
  ];
}

function toWaiting({ plan: { count, since }, ...application }: Planned): readonly Waiting[] {
  if (count === 0) return [];
  const none = { code: null, reason: null, runId: null };
  return [{ kind: "plan", application, since, count, ...none }];
}

function lastRunIn(application: Health, state: string): Found | null {
  const [run] = application.runs.nodes;
  if (run?.state !== state) return null;
  const since = run.finishedAt ?? run.startedAt ?? run.createdAt;
  const { code, reason, id: runId } = run;
  return { application, since, code, reason, runId, count: 0 };
}

function about(application: Health, code: string | null, reason: string | null): Found {
  return { application, since: null, code, reason, runId: null, count: 0 };
}
