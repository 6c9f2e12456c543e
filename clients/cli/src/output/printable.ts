/**
 * Text that others wrote, as it may be shown on a terminal or in a line: control characters (C0,
 * C1) and those that turn or break lines of text are spelled out, so that no name can move the
 * cursor, hide what follows or pretend to be a line of ours.
 */
export function printable(text: string): string {
  return text.replaceAll(dangerous, spelled);
}

/** JSON that is safe on a terminal too: JSON itself escapes only the first control characters. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(dangerousInJson, spelled);
}

const dangerous = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Line ends between the parts are JSON's own; within a text they are escaped already. */
const dangerousInJson = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function spelled(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
