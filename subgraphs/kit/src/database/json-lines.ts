/**
 * JSON documents as one text parameter, one a line: `string_to_table($1, chr(10))` takes it apart
 * in the order given, and nothing is escaped twice. JSON has no line break of its own.
 */
export function jsonLines(documents: readonly unknown[]): string {
  return documents.map((document) => JSON.stringify(document)).join("\n");
}
