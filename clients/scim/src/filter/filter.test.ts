import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../json.js";
import { groupType, userType } from "../schema/resource-types.js";
import { ScimError } from "../scim-error.js";
import { bindFilter } from "./bind-filter.js";
import { matches } from "./evaluate-filter.js";
import { parseFilter } from "./parse-filter.js";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const core = "urn:ietf:params:scim:schemas:core:2.0:User";

const bjensen: JsonObject = {
  id: "2819c223-7f76-453a-919d-413861904646",
  externalId: "Bj-7",
  userName: "BJensen",
  title: "Tour Guide",
  active: true,
  userType: "Employee",
  name: { familyName: "O'Malley", givenName: "Barbara" },
  emails: [
    { value: "bjensen@example.com", type: "work", primary: true },
    { value: "babs@jensen.org", type: "home" },
  ],
  meta: { resourceType: "User", lastModified: "2011-05-13T04:42:34.000Z" },
  [enterprise]: { department: "Tour Operations", manager: { value: "26118915" } },
};

function fits(filter: string, resource: JsonObject = bjensen): boolean {
  return matches(bindFilter(userType, parseFilter(filter)), resource);
}

/** Section, filter, whether it fits the resource above. */
const table: readonly (readonly [section: string, filter: string, fits: boolean])[] = [
  ["eq", 'userName eq "bjensen"', true],
  ["eq", 'userName eq "bjense"', false],
  ["eq", "active eq true", true],
  ["eq", 'active eq "True"', true],
  ["eq", "active eq false", false],
  ["ne", 'userName ne "bjensen"', false],
  ["ne", 'title ne "Boss"', true],
  ["ne", 'nickName ne "x"', true],
  ["co", 'name.familyName co "O\'Malley"', true],
  ["co", 'name.familyName co "o\'mall"', true],
  ["co", 'title co "zz"', false],
  ["sw", 'userName sw "BJ"', true],
  ["sw", 'userName sw "J"', false],
  ["ew", 'userName ew "SEN"', true],
  ["ew", 'userName ew "bj"', false],
  ["pr", "title pr", true],
  ["pr", "nickName pr", false],
  ["pr", "name pr", true],
  ["pr", "emails pr", true],
  ["gt", 'meta.lastModified gt "2011-05-13T04:42:33Z"', true],
  ["gt", 'meta.lastModified gt "2011-05-13T04:42:34Z"', false],
  ["ge", 'meta.lastModified ge "2011-05-13T04:42:34Z"', true],
  ["ge", 'meta.lastModified ge "2011-05-13T06:42:34+02:00"', true],
  ["lt", 'meta.lastModified lt "2011-05-13T04:42:34Z"', false],
  ["lt", 'title lt "Z"', true],
  ["le", 'meta.lastModified le "2011-05-13T04:42:34.000Z"', true],
  ["case of names", 'USERNAME Eq "bjensen"', true],
  ["case of attributes", 'externalId eq "bj-7"', false],
  ["case of attributes", 'externalId eq "Bj-7"', true],
  ["complex attributes", 'emails co "jensen.org"', true],
  ["complex attributes", 'emails.type eq "home"', true],
  ["value paths", 'emails[type eq "work" and value co "@example.com"]', true],
  ["value paths", 'emails[type eq "home" and value co "@example.com"]', false],
  ["value paths", 'emails[type eq "work"].value eq "bjensen@example.com"', true],
  ["value paths", 'emails[not (type eq "work")]', true],
  ["value paths", 'emails[primary eq true and type eq "home"]', false],
  ["precedence", 'title pr or userType eq "Intern" and nickName pr', true],
  ["precedence", '(title pr or userType eq "Intern") and nickName pr', false],
  ["precedence", "not (nickName pr) and title pr", true],
  ["grouping", 'userType ne "Employee" and not (emails co "example.com")', false],
  ["grouping", '((title pr))', true],
  ["schema URIs", `${core}:userName sw "B"`, true],
  ["schema URIs", `${enterprise}:department eq "tour operations"`, true],
  ["schema URIs", `${enterprise}:manager.value eq "26118915"`, true],
  ["schema URIs", `${enterprise}:manager eq "26118915"`, true],
  ["null", "nickName eq null", true],
  ["null", "title ne null", true],
  ["JSON escapes", 'userName eq "\\u0042jensen"', true],
  ["JSON escapes", 'title eq "Tour\\u0020Guide"', true],
];

describe("RFC 7644 §3.4.2.2 filters", () => {
  test.each(table)("7644 §3.4.2.2 %s: %s → %s", (_, filter, wanted) => {
    expect(fits(filter)).toBe(wanted);
  });

  test("7644 §3.4.2.2 ne is the complement of eq, lists and nothing included", () => {
    const paths = ["title", "nickName", "emails.type", "emails.value", "name.givenName"];
    for (const path of paths) {
      for (const value of ["work", "tour guide", "x"]) {
        expect(fits(`${path} ne "${value}"`)).toBe(!fits(`${path} eq "${value}"`));
      }
    }
  });

  test("7644 §3.4.2.2 a group is found by a member", () => {
    const group = { displayName: "G", members: [{ value: "a" }, { value: "b" }] };
    const filter = bindFilter(groupType, parseFilter('members[value eq "b"]'));
    expect(matches(filter, group)).toBe(true);
  });
});

const refused: readonly (readonly [why: string, filter: string])[] = [
  ["an unknown attribute", 'shoeSize eq "9"'],
  ["an unknown part", 'name.shoe eq "9"'],
  ["an unknown schema", 'urn:example:2.0:User:userName eq "a"'],
  ["a missing value", "userName eq"],
  ["a missing operator", "userName"],
  ["an unknown operator", 'userName like "a"'],
  ["an open bracket", '(userName eq "a"'],
  ["an open value path", 'emails[type eq "a"'],
  ["something behind the end", 'userName eq "a" )'],
  ["an open string", 'userName eq "a'],
  ["a bad escape", 'userName eq "\\x"'],
  ["text in single quotes", "userName eq 'a'"],
  ["text without quotes", "userName eq bjensen"],
  ["order of booleans", "active gt true"],
  ["part of a boolean", 'active co "t"'],
  ["order of binaries", 'x509Certificates.value gt "aa"'],
  ["part of an instant", 'meta.created sw "2011"'],
  ["an instant that is none", 'meta.created gt "yesterday"'],
  ["a number for text", "userName eq 3"],
  ["order of null", "title gt null"],
  ["a value path of a single value", 'name[givenName eq "a"]'],
  ["a complex attribute without a value", 'name eq "a"'],
  ["nothing", " "],
  ["an attribute that objects inherit", 'constructor eq "a"'],
  ["an attribute that objects inherit", '__proto__ eq "a"'],
  ["U+0000", 'userName eq "a\\u0000"'],
  ["two deep parts", 'name.givenName.x eq "a"'],
];

describe("RFC 7644 §3.12 invalidFilter", () => {
  test.each(refused)("7644 §3.12 refused: %s", (_, filter) => {
    let thrown: unknown;
    try {
      fits(filter);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ScimError);
    expect(thrown).toMatchObject({ status: 400, scimType: "invalidFilter" });
  });

  test("7644 §7.5.2 depth, terms and length have bounds", () => {
    const deep = `${"(".repeat(25)}title pr${")".repeat(25)}`;
    const wide = Array.from({ length: 201 }, () => "title pr").join(" or ");
    const long = `title eq "${"a".repeat(9_000)}"`;
    for (const filter of [deep, wide, long]) {
      expect(() => fits(filter)).toThrow(expect.objectContaining({ scimType: "invalidFilter" }));
    }
  });

  test("7644 §3.12 an error never repeats the filter", () => {
    try {
      fits('userName eq "secret-value" and');
    } catch (error) {
      expect(String(error)).not.toContain("secret-value");
    }
    expect.assertions(1);
  });
});

test("7644 §3.4.2.2 no text but a filter is read, whatever it is, and fast", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
    try {
      fits(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ScimError);
    }
  }), { numRuns: 2_000 });
});

test("7644 §3.4.2.2 any text as a value is compared as it is", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
    fc.pre(!text.includes("\0") && text.isWellFormed());
    const resource = { ...bjensen, externalId: text };
    expect(fits(`externalId eq ${JSON.stringify(text)}`, resource)).toBe(true);
  }), { numRuns: 1_000 });
});
