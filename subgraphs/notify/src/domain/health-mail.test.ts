import { expect, test } from "vitest";
import { healthMail } from "./health-mail.js";

test("a quarantine is told with since when, how often and why", () => {
  expect(
    healthMail({
      applicationName: "HR\r\nBcc: all", state: "quarantined", code: "CREDENTIALS_REJECTED",
      reason: "wrong password", failures: 5, since: "2026-11-21T08:00:00.000Z",
    }),
  ).toEqual({
    subject: "In quarantine: HR Bcc: all",
    text: `HR\r\nBcc: all failed 5 times in a row since 2026-11-21T08:00:00.000Z, the last time \
with CREDENTIALS_REJECTED. wrong password.

It is in quarantine: no run begins by itself and nothing is written to it. Its queue stays. It is
asked from time to time whether it answers, and goes on by itself when it does.
`,
  });
});

test("so is its end", () => {
  expect(healthMail({ applicationName: "HR", state: "recovered", failures: 7 })).toEqual({
    subject: "Well again: HR",
    text: "HR answers again, and all goes on.\n",
  });
});
