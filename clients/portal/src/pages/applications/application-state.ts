import type { ApplicationSummaryFragment } from "@joinery/sdk";
import type { Tone } from "../../parts/status.js";

/** What an application is in, in one word, and how grave that is. */
export interface ApplicationState {
  readonly name: "active" | "deleted" | "quarantined" | "stopped" | "paused" | "unimported";
  readonly tone: Tone;
}

/** What keeps it from being written to comes first. */
export function applicationState(application: ApplicationSummaryFragment): ApplicationState {
  if (application.state === "deleted") return { name: "deleted", tone: "idle" };
  if (application.stopped) return { name: "stopped", tone: "bad" };
  if (application.health.quarantinedAt !== null) return { name: "quarantined", tone: "bad" };
  if (application.pauseCode !== null) return { name: "paused", tone: "waiting" };
  if (application.firstImportAt === null) return { name: "unimported", tone: "idle" };
  return { name: "active", tone: "good" };
}
