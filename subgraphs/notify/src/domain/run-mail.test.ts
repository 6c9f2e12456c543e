import { expect, test } from "vitest";
import { isFinal, retryDelayMs } from "./message.js";
import { runMail } from "./run-mail.js";

const held = {
  runId: "r1", applicationName: "HR", state: "held",
  breaches: [{ class: "disable", n: 100, limit: 5, population: 100 }],
};

test("the mail of a held run says what went over which limit, and that nothing was written", () => {
  const mail = runMail(held);
  expect(mail.subject).toBe("Held: run of HR");
  expect(mail.text).toContain("disable: 100 of 100, the limit is 5");
  expect(mail.text).toContain("Nothing was written");
});

test("the mail of a failed run says the code and the reason", () => {
  const news = {
    ...held,
    state: "failed",
    code: "SOURCE_EMPTY",
    reason: "The file is empty.",
    breaches: [],
  };
  const { subject, text } = runMail(news);
  expect(subject).toBe("Failed: run of HR");
  expect(text).toContain("failed with SOURCE_EMPTY. The file is empty.");
});

test("an application's name adds no header and no template code", () => {
  const mail = runMail({ ...held, applicationName: "HR\r\nBcc: all@example.test {{ runId }}" });
  expect(mail.subject).toBe("Held: run of HR Bcc: all@example.test {{ runId }}");
});

test("retries wait longer each time, an hour at most; a final refusal is not tried again", () => {
  expect([1, 2, 3, 12].map(retryDelayMs)).toEqual([30_000, 60_000, 120_000, 3_600_000]);
  expect([421, 550, undefined].map(isFinal)).toEqual([false, true, false]);
});
