/** A number of four bytes that a driver made one of eight: 0.1 came as 0.10000000149011612. */
export function shortest(number: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = number.toPrecision(digits);
    if (Math.fround(Number(text)) === number) return String(Number(text));
  }
  return number.toPrecision(9);
}
