import fc from "fast-check";
import { expect, test } from "vitest";
import {
  canonicalDn,
  dnKey,
  dnTextKey,
  formatDn,
  isSameSpelling,
  isWithin,
  parseDn,
  type Dn,
} from "./dn.js";

const text = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom(
        "a",
        " ",
        ",",
        "+",
        '"',
        "\\",
        "<",
        ">",
        ";",
        "=",
        "#",
        "\0",
        "\n",
        "é",
        "😀",
      ),
      minLength: 1,
      maxLength: 8,
    }),
  )
  .filter((each) => each.isWellFormed());

const part = fc.record({
  type: fc.constantFrom("cn", "OU", "x-y", "2.5.4.3"),
  value: fc.oneof(
    { weight: 9, arbitrary: text },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
    },
  ),
});
const dns: fc.Arbitrary<Dn> = fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), {
  maxLength: 4,
});

test("escaped DNs: a name of any values is read back from its text as it was", () => {
  fc.assert(fc.property(dns, (dn) => {
    expect(parseDn(formatDn(dn))).toEqual(dn);
  }), { numRuns: 3_000 });
});

test("the quick way to the usual spelling gives what the whole way gives", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({
          unit: fc.constantFrom("a", "=", ",", " ", "\\", "#", "b", "+"),
          maxLength: 14,
        }),
        dns.map(formatDn),
      ),
      (spelled) => {
        const dn = parseDn(spelled);
        expect(canonicalDn(spelled)).toBe(dn === undefined ? spelled : formatDn(dn));
      },
    ),
    { numRuns: 5_000 },
  );
});

// RFC 4514 §4, and RFC 2253 §4 where it is more generous.
test.for([
  ["UID=jsmith,DC=example,DC=net", [[["UID", "jsmith"]], [["DC", "example"]], [["DC", "net"]]]],
  [
    "OU=Sales+CN=J.  Smith,DC=example",
    [
      [
        ["OU", "Sales"],
        ["CN", "J.  Smith"],
      ],
      [["DC", "example"]],
    ],
  ],
  ['CN=James \\"Jim\\" Smith\\, III,DC=net', [[["CN", 'James "Jim" Smith, III']], [["DC", "net"]]]],
  ["CN=Before\\0dAfter,DC=net", [[["CN", "Before\rAfter"]], [["DC", "net"]]]],
  ["CN=Lu\\C4\\8Di\\C4\\87", [[["CN", "Lučić"]]]],
  [' cn = a b , ou = "x, y" ; dc=z ', [[["cn", "a b"]], [["ou", "x, y"]], [["dc", "z"]]]],
  ["cn=\\ a\\ ", [[["cn", " a "]]]],
  ["cn=", [[["cn", ""]]]],
  ["", []],
] as const)("%s is read as it is meant", ([spelled, rdns]) => {
  expect(parseDn(spelled)?.map((rdn) => rdn.map((each) => [each.type, each.value]))).toEqual(rdns);
});

test("a value given as bytes is bytes", () => {
  expect(parseDn("1.3.6.1.4.1.1466.0=#04024869")).toEqual([
    [{ type: "1.3.6.1.4.1.1466.0", value: Buffer.from([4, 2, 0x48, 0x69]) }],
  ]);
});

test.for([
  "cn",
  "=a",
  "cn=a,",
  "cn=a,,dc=b",
  "cn=a\\",
  "cn=a\\zz",
  'cn=a"b',
  'cn="a',
  "cn=#0",
  "cn=a<b",
  "cn=a+",
  "1.=a",
])("%s is no name", (spelled) => {
  expect(parseDn(spelled)).toBeUndefined();
});

test("spellings of one name share a key, other names do not", () => {
  expect(dnTextKey("CN=Ana\\2C  Maria, DC=Example")).toBe(dnTextKey("cn=ana\\, maria,dc=EXAMPLE"));
  expect(dnTextKey("cn=a+ou=b")).toBe(dnTextKey("OU=B+CN=A"));
  expect(dnTextKey("cn=a\\,ou=b")).not.toBe(dnTextKey("cn=a,ou=b"));
  fc.assert(fc.property(dns, dns, (left, right) => {
    if (isSameSpelling(left, right)) expect(dnKey(left)).toBe(dnKey(right));
  }));
});

test("a name lies within its upper part and within no sibling", () => {
  const parse = (spelled: string): Dn => parseDn(spelled) ?? [];
  expect(isWithin(parse("cn=a,ou=X,dc=b"), parse("OU=x,dc=b"))).toBe(true);
  expect(isWithin(parse("ou=x,dc=b"), parse("ou=x,dc=b"))).toBe(true);
  expect(isWithin(parse("dc=b"), parse("ou=x,dc=b"))).toBe(false);
  expect(isWithin(parse("cn=a\\,ou=x,dc=b"), parse("ou=x,dc=b"))).toBe(false);
});
