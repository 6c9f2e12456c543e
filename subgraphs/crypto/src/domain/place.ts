/**
 * Additional data of a sealed value: it opens only where it was sealed. Each part
 * carries its length, so no two places give the same bytes.
 */
export function placeOf(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(""));
}

/** The place of one value in a tenant's table. */
export function columnPlace(tenant: string, table: string, column: string, rowId: string): Buffer {
  return placeOf("joinery.column.1", tenant, table, column, rowId);
}
