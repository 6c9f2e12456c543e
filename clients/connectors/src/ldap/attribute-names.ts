const slots = 256;

/**
 * Names of attributes as text. Entries bear the same few names over and over: whichever was seen
 * last in its slot is the same string again, without decoding, and quick to look up.
 */
export class AttributeNames {
  private readonly known: (string | undefined)[] = Array.from({ length: slots });

  /** The name that stands from `begin` to `end`. */
  take(frame: Buffer, begin: number, end: number): string {
    const slot = slotOf(frame, begin, end);
    const last = this.known[slot];
    if (last !== undefined && isAsciiOf(last, frame, begin, end)) return last;
    const name = frame.toString("utf8", begin, end);
    this.known[slot] = name;
    return name;
  }
}

function slotOf(frame: Buffer, begin: number, end: number): number {
  if (begin === end) return 0;
  const first = frame[begin] as number;
  const middle = frame[(begin + end) >> 1] as number;
  const last = frame[end - 1] as number;
  return ((end - begin) * 31 + first * 7 + middle + last * 3) % slots;
}

/** Names that are not plain ASCII are decoded each time. */
function isAsciiOf(text: string, frame: Buffer, begin: number, end: number): boolean {
  if (text.length !== end - begin) return false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = frame[begin + at] as number;
    if (byte > 0x7f || text.charCodeAt(at) !== byte) return false;
  }
  return true;
}
