import type { State } from "./state.js";

interface Found {
  readonly lost: string[];
  readonly duplicates: string[];
}

/** Of each run that failed everybody concerned is told once, by a mail that the server took. */
export function judgeTold({ failedRuns, mails, takenMails }: State, found: Found): void {
  for (const run of failedRuns) {
    const ofRun = mails.filter(({ text }) => text.includes(run));
    if (ofRun.length === 0) found.lost.push(`nobody is told that run ${run} failed`);
    for (const [recipient, { length }] of Map.groupBy(ofRun, (mail) => mail.recipient)) {
      if (length > 1) found.duplicates.push(`${recipient} is told ${length} times of run ${run}`);
    }
  }
  for (const { id, state } of mails) {
    if (state !== "sent") found.lost.push(`mail ${id} is ${state}`);
    else if (!takenMails.has(`<${id}@joinery>`)) found.lost.push(`mail ${id} never arrived`);
  }
}
