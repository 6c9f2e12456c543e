/** The oldest server that Joinery's event runtime is tested with: Debian 12's. */
export const oldestNats = "2.9.0";

/** Whether a version is at least another; what follows a hyphen (a preview) is not counted. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [have, want] = [numbersOf(version), numbersOf(wanted)];
  for (let i = 0; i < 3; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbersOf(version: string): number[] {
  const plain = version.replace(/^v/, "").split(/[-+]/)[0] ?? "";
  return plain.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
