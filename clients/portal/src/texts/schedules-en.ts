/** Of schedules and of what is to come, in English. */
export const schedulesEn = {
  title: "Schedules",
  none: "It runs when somebody starts it.",
  directions: { import: "Import", outbound: "Outbound" },
  everyMinutes_one: "every minute",
  everyMinutes_other: "every {{count, number}} minutes",
  cron: "{{cron}} ({{timeZone}})",
  next: "next {{time}}",
  never: "no time is left",
  paused: "paused",
  pause: "Pause",
  resume: "Resume",
  last: "last {{time}}",
  outcomes: {
    STARTED: "a run began",
    NOTHING_DUE: "nothing was due",
    RUN_OPEN: "a run was under way",
    RUN_HELD: "a run was held",
  },
};

export const futureEn = {
  title: "Future",
  about: "Accounts that will be deleted because a rule says so, if nobody comes back before.",
  due: "Due",
  account: "Account",
  application: "Application",
  since: "Planned since",
  none: "Nothing is to come.",
  cancel: "Cancel it",
  cancelTitle: "Keep the account {{name}}?",
  cancelText: "It is not deleted at its time any more.",
};
