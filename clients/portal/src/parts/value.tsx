import { Text } from "@mantine/core";
import { shownValue } from "./shown-value.js";

/** A value of an attribute in one line; a dash for none. */
export function Value({ of }: { readonly of: unknown }) {
  const text = shownValue(of);
  return text === null ? <Text span inherit c="dimmed">–</Text> : <bdi>{text}</bdi>;
}

/** What a value was and what it is. */
export function Change({ from, to }: { readonly from: unknown; readonly to: unknown }) {
  const isNew = from === null || from === undefined;
  return isNew ? <Value of={to} /> : <><Value of={from} /> → <Value of={to} /></>;
}
