const pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether PostgreSQL would take the text for a `uuid`; what is none is the id of nothing. */
export function isUuid(text: string): boolean {
  return pattern.test(text);
}
