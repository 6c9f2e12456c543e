const heads = [
  "=", "+", "-", "@", "\t=", "\r=", "\n=", "'=", "''=", "\uff1d", "\uff0b",
  "\uff0d", "\uff20", "|", "%",
];
const tails = [
  "1+1", "cmd|'/C calc'!A0", "SUM(1+1)*cmd|'/C calc'!A0",
  'HYPERLINK("http://127.0.0.1/?"&A1,"x")', 'IMPORTXML("http://127.0.0.1/","//a")',
  'DDE("cmd";"/C calc";"x")', '@SUM(1,1)","x', "1\n=1+1",
];

/** Texts that a spreadsheet runs, or that stand close to one. */
export const hostileFormulas: readonly string[] =
  heads.flatMap((head) => tails.map((tail) => head + tail));
