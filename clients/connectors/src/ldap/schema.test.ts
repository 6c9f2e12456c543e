import fc from "fast-check";
import { expect, test } from "vitest";
import { LdapSchema } from "./schema.js";
import { fromLdap, toLdap } from "./values.js";
import { guidBytes, guidText } from "./windows-values.js";

const core = [
  "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch " +
    "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
  "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: common name(s) of the entity' SUP name )",
  "( 2.5.4.31 NAME 'member' SUP distinguishedName )",
  "( 2.5.4.49 NAME 'distinguishedName' EQUALITY distinguishedNameMatch " +
    "SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
  "( 1.3.6.1.1.16.4 NAME 'entryUUID' EQUALITY UUIDMatch SYNTAX 1.3.6.1.1.16.1 SINGLE-VALUE " +
    "NO-USER-MODIFICATION USAGE directoryOperation )",
  "( 0.9.2342.19200300.100.1.60 NAME 'jpegPhoto' DESC 'NAME SYNTAX 1.2 (a trap)' " +
    "SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )",
  "( 2.5.18.1 NAME 'createTimestamp' EQUALITY generalizedTimeMatch " +
    "SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE X-ORIGIN ( 'RFC 4512' 'x' ) )",
  "( 1.2.3 NAME 'loopA' SUP loopB )",
  "( 1.2.4 NAME 'loopB' SUP loopA )",
  "nonsense",
  "( )",
];
const classes = [
  "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
  "( 2.5.6.9 NAME 'groupOfNames' DESC 'MAY be' SUP top STRUCTURAL MUST ( member $ cn ) " +
    "MAY ( jpegPhoto $ unknownOne ) )",
];

test("types, numbers of values and matching are the server's, also by inheritance", () => {
  const schema = new LdapSchema({ attributeTypes: core, objectClasses: classes });
  expect(schema.find("COMMONNAME")).toMatchObject({
    names: ["cn", "commonName"],
    type: "string",
    single: false,
    caseIgnore: true,
    hasEquality: true,
    readOnly: false,
  });
  expect(schema.find("2.5.4.31")).toMatchObject({ type: "reference", hasEquality: true });
  expect(schema.find("entryuuid")).toMatchObject({ type: "string", single: true, readOnly: true });
  expect(schema.find("jpegPhoto")).toMatchObject({ type: "binary", hasEquality: false });
  expect(schema.find("createTimestamp")).toMatchObject({ type: "instant", single: true });
  expect(schema.typeOf("cn;lang-de")).toBe("string");
  expect(schema.typeOf("userCertificate;binary")).toBe("binary");
  expect(schema.typeOf("unheardOf")).toBe("string");
  expect(schema.find("loopA")).toMatchObject({ type: "string" });
  const { must, may } = schema.allowed(["GROUPOFNAMES", "unknown"]);
  expect(must.map((each) => each.names[0])).toEqual(["member", "cn"]);
  expect(may.map((each) => each.names[0])).toEqual(["jpegPhoto"]);
});

test("what is no description is passed over, whatever it is", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: fc.constantFrom("(", ")", " ", "'", "$", "NAME", "SUP", "a", "1.2") }),
      ),
      (texts) => {
        expect(() => new LdapSchema({
          attributeTypes: texts, objectClasses: texts, contentRules: texts,
        }).allowed(["a"])).not.toThrow();
      },
    ),
  );
});

test("values go to the directory and back unchanged", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.uint8Array(),
      fc.maxSafeInteger(),
      fc.boolean(),
      (text, bytes, integer, truth) => {
        expect(fromLdap("string", toLdap("string", text) as Buffer)).toBe(text);
        const base64 = Buffer.from(bytes).toString("base64");
        expect(fromLdap("binary", toLdap("binary", base64) as Buffer)).toBe(base64);
        expect(fromLdap("integer", toLdap("integer", integer) as Buffer)).toBe(integer);
        expect(fromLdap("boolean", toLdap("boolean", truth) as Buffer)).toBe(truth);
      },
    ),
    { numRuns: 500 },
  );
  expect(fromLdap("integer", Buffer.from("9007199254740993"))).toBe("9007199254740993");
  expect(fromLdap("string", Buffer.from("\ufeffx"))).toBe("\ufeffx");
  expect(fromLdap("string", Buffer.from("a\ufffdb"))).toBe("a\ufffdb");
});

test("what is not of its type is no value", () => {
  expect(fromLdap("string", Buffer.from([0xff]))).toBeUndefined();
  expect(fromLdap("boolean", Buffer.from("yes"))).toBeUndefined();
  expect(fromLdap("integer", Buffer.from("1.5"))).toBeUndefined();
  expect(fromLdap("instant", Buffer.from("today"))).toBeUndefined();
  expect(toLdap("binary", "no base64!")).toBeUndefined();
  expect(toLdap("string", "\ud800")).toBeUndefined();
});

test.for([
  ["20260131120000Z", "2026-01-31T12:00:00Z"], ["20260131120000.5Z", "2026-01-31T12:00:00.500Z"],
  ["202601311200+0130", "2026-01-31T10:30:00Z"], ["2026013112Z", "2026-01-31T12:00:00Z"],
  ["2026013112.5Z", "2026-01-31T12:30:00Z"], ["20260131120060Z", "2026-01-31T12:00:59Z"],
] as const)("the time %s is %s", ([ldap, instant]) => {
  expect(fromLdap("instant", Buffer.from(ldap))).toBe(instant);
  expect(fromLdap("instant", toLdap("instant", instant) as Buffer)).toBe(instant);
});

test("an objectGUID has the text that Active Directory's tools show", () => {
  const bytes = Buffer.from("33221100554477668899aabbccddeeff", "hex");
  expect(guidText(bytes)).toBe("00112233-4455-6677-8899-aabbccddeeff");
  expect(guidBytes("00112233-4455-6677-8899-AABBCCDDEEFF")).toEqual(bytes);
  expect(guidText(Buffer.alloc(15))).toBeUndefined();
  expect(guidBytes("00112233")).toBeUndefined();
});
