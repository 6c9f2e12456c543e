import type { Texts } from "./en.js";
import type { futureEn, schedulesEn } from "./schedules-en.js";

/** Of schedules and of what is to come, in German. */
export const schedulesDe: Texts<typeof schedulesEn> = {
  title: "Zeitpläne",
  none: "Sie läuft, wenn jemand sie startet.",
  directions: { import: "Import", outbound: "Ausgehend" },
  everyMinutes_one: "jede Minute",
  everyMinutes_other: "alle {{count, number}} Minuten",
  cron: "{{cron}} ({{timeZone}})",
  next: "als Nächstes {{time}}",
  never: "keine Zeit ist übrig",
  paused: "ausgesetzt",
  pause: "Aussetzen",
  resume: "Fortsetzen",
  last: "zuletzt {{time}}",
  outcomes: {
    STARTED: "ein Lauf begann",
    NOTHING_DUE: "nichts war fällig",
    RUN_OPEN: "ein Lauf war unterwegs",
    RUN_HELD: "ein Lauf war angehalten",
  },
};

export const futureDe: Texts<typeof futureEn> = {
  title: "Künftiges",
  about: "Konten, die eine Regel löschen wird, wenn bis dahin niemand zurückkommt.",
  due: "Fällig",
  account: "Konto",
  application: "Anwendung",
  since: "Geplant seit",
  none: "Nichts steht bevor.",
  cancel: "Absagen",
  cancelTitle: "Das Konto {{name}} behalten?",
  cancelText: "Es wird zu seiner Zeit nicht mehr gelöscht.",
};
