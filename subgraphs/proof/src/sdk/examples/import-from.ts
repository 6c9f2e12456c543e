import { accepted, type JoineryClient, startRunDocument } from "@joinery/sdk";

/** Imports from an application, tells how far it is, and answers how it ended. */
export async function importFrom(
  client: JoineryClient,
  applicationId: string,
  tell: (line: string) => void,
) {
  const { startRun } = await client.request(startRunDocument, { applicationId });
  const { run } = accepted(startRun);
  let state = run?.state;
  const following = { signal: AbortSignal.timeout(600_000), until: "settled" } as const;
  for await (const now of client.followRun(run?.id ?? "", following)) {
    tell(`${now.state}: ${JSON.stringify(now.counts)}`);
    state = now.state;
  }
  return state;
}
