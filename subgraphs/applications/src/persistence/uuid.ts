const pattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text from outside may be compared with a uuid column; another one is nobody's id. */
export function isUuid(text: string): boolean {
  return pattern.test(text);
}
