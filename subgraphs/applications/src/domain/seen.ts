/**
 * A set of small numbers, one bit each: an import of millions remembers what it saw in a few KiB.
 */
export class SeenNumbers {
  #bits = Buffer.alloc(1024);

  has(number: number): boolean {
    const byte = number >> 3;
    return byte < this.#bits.length && ((this.#bits[byte] as number) & (1 << (number & 7))) !== 0;
  }

  add(number: number): void {
    const byte = number >> 3;
    if (byte >= this.#bits.length) {
      const larger = Buffer.alloc(Math.max(byte + 1, this.#bits.length * 2));
      this.#bits.copy(larger);
      this.#bits = larger;
    }
    this.#bits[byte] = (this.#bits[byte] as number) | (1 << (number & 7));
  }

  delete(number: number): void {
    const byte = number >> 3;
    if (byte >= this.#bits.length) return;
    this.#bits[byte] = (this.#bits[byte] as number) & ~(1 << (number & 7));
  }

  /** As PostgreSQL's `get_bit` counts: bit n of byte n / 8, from the least significant. */
  get bits(): Buffer {
    return this.#bits;
  }
}
