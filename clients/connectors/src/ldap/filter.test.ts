import fc from "fast-check";
import { BerWriter, FilterParser } from "ldapts";
import { expect, test } from "vitest";
import {
  and,
  EncodedFilter,
  equal,
  formatFilter,
  or,
  parseFilter,
  type LdapFilter,
} from "./filter.js";

const bytes = fc.uint8Array({ maxLength: 8 }).map((each) => Buffer.from(each));
const attribute = fc.constantFrom("cn", "objectClass", "2.5.4.3", "cn;lang-de");
const filters: fc.Arbitrary<LdapFilter> = fc.letrec<{ filter: LdapFilter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small" },
    fc.record({
      kind: fc.constantFrom("equal", "atLeast", "atMost", "like"),
      attribute,
      value: bytes,
    }),
    fc.record({ kind: fc.constant("present"), attribute }),
    fc.record({
      kind: fc.constant("parts"),
      attribute,
      parts: fc
        .tuple(
          bytes,
          fc.array(
            bytes.filter((each) => each.length > 0),
            { maxLength: 2 },
          ),
          bytes,
        )
        .map(([first, middle, last]) => [first, ...middle, last])
        .filter((parts) => parts.some((each) => each.length > 0)),
    }),
    fc.record({
      kind: fc.constant("rule"),
      attribute: fc.constantFrom("cn", undefined),
      rule: fc.constant("2.5.13.2"),
      ofDn: fc.boolean(),
      value: bytes,
    }),
    fc.record({
      kind: fc.constantFrom("and", "or"),
      filters: fc.array(tie("filter"), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant("not"), filter: tie("filter") }),
  ) as fc.Arbitrary<LdapFilter>,
})).filter;

test("any filter is read back from its text as it was", () => {
  fc.assert(fc.property(filters, (filter) => {
    expect(parseFilter(formatFilter(filter))).toEqual(filter);
  }), { numRuns: 2_000 });
});

test("no value becomes syntax, whatever is in it", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    const text = formatFilter(and(equal("uid", value), equal("o", "x")));
    expect(parseFilter(text)).toEqual({
      kind: "and", filters: [
        { kind: "equal", attribute: "uid", value: Buffer.from(value) },
        { kind: "equal", attribute: "o", value: Buffer.from("x") },
      ],
    });
  }), { numRuns: 2_000 });
});

function ber(filter: { write(writer: BerWriter): void }): string {
  const writer = new BerWriter();
  filter.write(writer);
  return writer.buffer.toString("hex");
}

test.for([
  "(cn=Babs Jensen)",
  "(!(cn=Tim Howes))",
  "(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))",
  "(o=univ*of*mich*)",
  "(seeAlso=)",
  "(cn=*)",
  "(a>=5)",
  "(a<=5)",
  "(a~=x)",
  "(cn=*ab*)",
  "(o=Parens R Us \\28for all your parenthetical needs\\29)",
  "(cn=*\\2A*)",
  "(filename=C:\\5cMyFile)",
])("%s is encoded as ldapts encodes it", (text) => {
  expect(ber(new EncodedFilter(parseFilter(text)))).toBe(ber(FilterParser.parseString(text)));
});

test("escaped bytes stay bytes (RFC 4515 §4)", () => {
  expect(parseFilter("(sn=Lu\\c4\\8di\\c4\\87)")).toEqual(equal("sn", "Lučić"));
  expect(parseFilter("(bin=\\00\\00\\00\\04)")).toEqual(equal("bin", Buffer.from([0, 0, 0, 4])));
  expect(parseFilter(" ( | (a=1) (b=2) ) ".replace("( ", "("))).toEqual(
    or(equal("a", "1"), equal("b", "2")),
  );
});

test("a matching rule is encoded as RFC 4511 §4.5.1.7.7 has it", () => {
  expect(ber(new EncodedFilter(parseFilter("(cn:dn:2.4.6.8.10:=x)")))).toBe(
    "a916810a322e342e362e382e31308202636e8301788401ff",
  );
});

test.for([
  "",
  "cn=a",
  "(cn=a",
  "(cn=a))",
  "(=a)",
  "((cn=a))",
  "(cn=a(b)",
  "(cn=\\zz)",
  "(cn=\\4)",
  "(:=x)",
  "(a=**b)",
  "(&(a=b)",
  "(!(a=b)(c=d))",
  `${"(!".repeat(70)}(a=b)${")".repeat(70)}`,
])("%s is no filter", (text) => {
  expect(() => parseFilter(text)).toThrow(SyntaxError);
});
