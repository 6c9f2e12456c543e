/** Names that are syntax elsewhere, none longer than a name may be in a directory. */
export const hostileNames: readonly string[] = [
  "*", "a*b", "*)(objectClass=*", "x)(|(cn=*", "\\2a", "\\", "\\\\", "a\\,b", "a,b=c", "a+b=c",
  "#not hex", "#04024869", "a=b", '"quoted"', "<GUID=00000000-0000-0000-0000-000000000000>",
  "<SID=S-1-5-32-544>", "a;b", "/slash/", "a<b>c", "tab\there", "Zoë Œuvré", "名前",
  "👩‍👩‍👧 family",
  "' or '1'='1", "${x}{{y}}", "%00%n", "=1+1", "-", "..", "CN=x,DC=corp,DC=acme,DC=test", "@",
];

const heads = [
  "*", "(", ")", "\\", "\\2a", "\\28", "\\00", "a)", "a*", "*)", "))", "&", "|", "!", "=", ">=",
  "~=", ":=", ",", "+", '"', "#", ";", "<", ">", "\\,", "\\0a", "a\\",
];
const tails = [
  "", "(uid=*)", ")(uid=*", "*)(|(objectClass=*", ",dc=example,dc=com", "+uid=admin",
  ":dn:2.5.13.2:=x",
];

/** Values that would be another filter or another name where they were not escaped. */
export const hostileFilters: readonly string[] = [
  ...new Set(heads.flatMap((head) => tails.map((tail) => head + tail))),
];
