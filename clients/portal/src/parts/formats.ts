import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** Numbers, times and spans as the chosen language writes them. */
export interface Formats {
  readonly language: string;
  /** `1,234,567` */
  readonly number: (n: number) => string;
  /** `21 Nov 2026, 07:44` */
  readonly time: (instant: string) => string;
  /** With seconds and zone, for exactness. */
  readonly exactTime: (instant: string) => string;
  /** `3 minutes ago` */
  readonly ago: (instant: string, now: number) => string;
  /** `0.4 sec`, `3 min 20 sec` */
  readonly span: (ms: number) => string;
}

export function useFormats(): Formats {
  const { language } = useTranslation().i18n;
  return useMemo(() => formatsOf(language), [language]);
}

export function formatsOf(language: string): Formats {
  const numbers = new Intl.NumberFormat(language);
  const times = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" });
  return {
    language,
    number: (n) => numbers.format(n),
    time: (instant) => times.format(new Date(instant)),
    exactTime: (instant) => exact.format(new Date(instant)),
    ago: (instant, now) => {
      const [n, unit] = distance(Date.parse(instant) - now);
      return relative.format(n, unit);
    },
    span: (ms) => spanParts(ms).map(([n, unit]) => inUnit(language, n, unit)).join(" "),
  };
}

const units = [
  ["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1_000],
] as const;
type Unit = (typeof units)[number][0];

/** The largest unit that fits, cut: what began 119 seconds ago began one minute ago. */
function distance(ms: number): readonly [number, Unit] {
  for (const [unit, size] of units) {
    if (Math.abs(ms) >= size) return [Math.trunc(ms / size), unit];
  }
  return [0, "second"];
}

/** At most two units; tenths below ten seconds. */
function spanParts(ms: number): readonly (readonly [number, Unit])[] {
  const [seconds, minutes] = [Math.max(0, ms) / 1_000, Math.floor(ms / 60_000)];
  if (seconds < 9.95) return [[Math.round(seconds * 10) / 10, "second"]];
  if (minutes < 1) return [[Math.floor(seconds), "second"]];
  if (minutes < 60) return [[minutes, "minute"], [Math.floor(seconds % 60), "second"]];
  return [[Math.floor(minutes / 60), "hour"], [minutes % 60, "minute"]];
}

function inUnit(language: string, n: number, unit: Unit): string {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(n);
}
