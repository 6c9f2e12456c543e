import type { RunDetailsFragment } from "@joinery/sdk";

type Wave = RunDetailsFragment["waves"][number];

/** Limits that the held waves of a run went over, each with the process of its wave. */
export function breachesOf(
  run: RunDetailsFragment,
): readonly (Wave["breaches"][number] & Pick<Wave, "process">)[] {
  return run.waves
    .filter(({ state }) => state === "held")
    .flatMap(({ process, breaches }) => breaches.map((breach) => ({ process, ...breach })));
}
