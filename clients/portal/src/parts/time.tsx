import { Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useFormats } from "./formats.js";

/** An instant as a distance from now, in full where somebody points at it; a dash for none. */
export function Ago({ at }: { readonly at: string | null | undefined }) {
  const { ago, exactTime } = useFormats();
  const now = useNow();
  if (!at) return <Text span inherit c="dimmed">–</Text>;
  return <time dateTime={at} title={exactTime(at)}>{ago(at, now)}</time>;
}

/** An instant as date and time; a dash for none. */
export function At({ at }: { readonly at: string | null | undefined }) {
  const { time, exactTime } = useFormats();
  if (!at) return <Text span inherit c="dimmed">–</Text>;
  return <time dateTime={at} title={exactTime(at)}>{time(at)}</time>;
}

const everyMs = 15_000;

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}
