/**
 * Active Directory's objectGUID as the text that people know. Its first three parts are stored
 * with the low byte first (MS-DTYP §2.3.4.2).
 */
export function guidText(value: Buffer): string | undefined {
  if (value.length !== 16) return undefined;
  const hex = swapGuid(value).toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

export function guidBytes(text: string): Buffer | undefined {
  const hex = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? text.replaceAll("-", "")
    : undefined;
  return hex === undefined ? undefined : swapGuid(Buffer.from(hex, "hex"));
}

function swapGuid(value: Buffer): Buffer {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Buffer.from(order.map((at) => value[at] as number));
}

/** A security identifier as text, `S-1-5-21-…` (MS-DTYP §2.4.2). */
export function sidText(value: Buffer): string | undefined {
  const count = value[1];
  if (count === undefined || value.length !== 8 + 4 * count) return undefined;
  const parts = Array.from({ length: count }, (_, at) => value.readUInt32LE(8 + 4 * at));
  return ["S", value[0], value.readUIntBE(2, 6), ...parts].join("-");
}

export function sidBytes(text: string): Buffer | undefined {
  if (!/^S-\d{1,3}-\d{1,15}(-\d{1,10}){0,15}$/i.test(text)) return undefined;
  const [revision = 0, authority = 0, ...parts] = text.split("-").slice(1).map(Number);
  if (revision > 0xff || authority >= 2 ** 48 || parts.some((part) => part >= 2 ** 32)) {
    return undefined;
  }
  const value = Buffer.alloc(8 + 4 * parts.length);
  value[0] = revision;
  value[1] = parts.length;
  value.writeUIntBE(authority, 2, 6);
  for (const [at, part] of parts.entries()) value.writeUInt32LE(part, 8 + 4 * at);
  return value;
}

/** 1601-01-01 to 1970-01-01, in units of 100 ns. */
const epoch = 116_444_736_000_000_000n;
const unitsPerMs = 10_000n;
const never = new Set(["0", "-1", "9223372036854775807"]);

/** Whether a FILETIME says that there is no such time: never expires, never signed in. */
export function isNever(value: Buffer): boolean {
  return never.has(value.toString("latin1"));
}

/**
 * A Windows FILETIME in decimal digits (units of 100 ns since 1601, MS-DTYP §2.3.3) as RFC 3339 in
 * UTC; what is below the millisecond is cut. Undefined for what is no time within years 1 to 9999.
 */
export function fromFileTime(text: string): string | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined;
  const at = Number((BigInt(text) - epoch) / unitsPerMs);
  const date = new Date(at);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return undefined;
  return date.toISOString().replace(".000Z", "Z");
}

export function toFileTime(text: string): string | undefined {
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/^\d{4}-\d\d-\d\d[Tt ]/.test(text)) return undefined;
  const units = BigInt(at) * unitsPerMs + epoch;
  return units > 0n ? String(units) : undefined;
}
