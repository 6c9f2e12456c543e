/**
 * The form under which names are found: systems spell a name (a DN above all) with other case and
 * blanks than the references to it. NFKC, lower case, no blanks around unescaped commas and
 * equals signs.
 */
export function nameKey(name: string): string {
  const lower = isPlain.test(name) ? name.toLowerCase() : name.normalize("NFKC").toLowerCase();
  if (!lower.includes(" ")) return lower;
  return lower.trim().replaceAll(/(?<!\\) *([,=+]) */g, "$1");
}

// eslint-disable-next-line no-control-regex -- ASCII is what needs no normalising
const isPlain = /^[\x00-\x7f]*$/;
