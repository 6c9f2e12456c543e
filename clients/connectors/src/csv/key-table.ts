const initialSlots = 1024;
const free = 0xffff_ffff;

/**
 * Finds rows by key in 12 bytes a slot instead of a string each: only a 64-bit hash is kept, so
 * what it finds are candidates, and the caller compares the key in the row itself.
 */
export class KeyTable {
  size = 0;

  private low = new Uint32Array(initialSlots);
  private high = new Uint32Array(initialSlots);
  private rows = new Uint32Array(initialSlots).fill(free);

  /** A key may be added for several rows. */
  add(key: string, row: number): void {
    if ((this.size + 1) * 2 > this.rows.length) this.grow();
    const [low, high] = hash(key);
    this.put(low, high, row);
    this.size += 1;
  }

  /** Rows that may have this key, none when it is absent. */
  candidates(key: string): number[] {
    const [low, high] = hash(key);
    const mask = this.rows.length - 1;
    const found: number[] = [];
    for (let slot = low & mask; this.rows[slot] !== free; slot = (slot + 1) & mask) {
      if (this.low[slot] === low && this.high[slot] === high) found.push(this.rows[slot] as number);
    }
    return found;
  }

  private put(low: number, high: number, row: number): void {
    const mask = this.rows.length - 1;
    let slot = low & mask;
    while (this.rows[slot] !== free) slot = (slot + 1) & mask;
    this.low[slot] = low;
    this.high[slot] = high;
    this.rows[slot] = row;
  }

  private grow(): void {
    const { low, high, rows } = this;
    this.low = new Uint32Array(rows.length * 2);
    this.high = new Uint32Array(rows.length * 2);
    this.rows = new Uint32Array(rows.length * 2).fill(free);
    for (let slot = 0; slot < rows.length; slot += 1) {
      const row = rows[slot] as number;
      if (row !== free) this.put(low[slot] as number, high[slot] as number, row);
    }
  }
}

/** Two 32-bit hashes in one pass (the public-domain cyrb53 mix); good spread, no secrecy. */
function hash(key: string): readonly [number, number] {
  let first = 0xdeadbeef;
  let second = 0x41c6ce57;
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    first = Math.imul(first ^ code, 2654435761);
    second = Math.imul(second ^ code, 1597334677);
  }
  first =
    Math.imul(first ^ (first >>> 16), 2246822507) ^ Math.imul(second ^ (second >>> 13), 3266489909);
  second =
    Math.imul(second ^ (second >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909);
  return [first >>> 0, second >>> 0];
}
