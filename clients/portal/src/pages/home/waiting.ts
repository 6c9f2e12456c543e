import type { ApplicationHealthQuery } from "@joinery/sdk";

export type Health = ApplicationHealthQuery["applications"]["nodes"][number];

/** One thing that waits for a person, gravest kind first. */
export interface Waiting {
  readonly kind: "held" | "failed" | "quarantined" | "stopped" | "paused" | "unwatched";
  readonly application: Health;
  /** Since when; null where that is not known. */
  readonly since: string | null;
  readonly code: string | null;
  readonly reason: string | null;
  /** The run to look at; null where the application is. */
  readonly runId: string | null;
}

/** What waits for a person in these applications: held runs, then failed ones, then others. */
export function whatWaits(applications: readonly Health[]): readonly Waiting[] {
  type Find = (one: Health) => Omit<Waiting, "kind"> | null;
  const ofKind = (kind: Waiting["kind"], find: Find) =>
    applications.flatMap((application) => {
      const found = find(application);
      return found === null ? [] : [{ kind, ...found }];
    });
  return [
    ...ofKind("held", (application) => lastRunIn(application, "held")),
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

function lastRunIn(application: Health, state: string): Omit<Waiting, "kind"> | null {
  const [run] = application.runs.nodes;
  if (run?.state !== state) return null;
  const since = run.finishedAt ?? run.startedAt ?? run.createdAt;
  return { application, since, code: run.code, reason: run.reason, runId: run.id };
}

function about(
  application: Health,
  code: string | null,
  reason: string | null,
): Omit<Waiting, "kind"> {
  return { application, since: null, code, reason, runId: null };
}
