/** Values that are syntax in filters, paths, addresses, headers, JSON, SQL, LDAP or pages. */
export const hostileWords: readonly string[] = [
  // filters and PATCH paths
  '"', '""', '\\"', '\\\\"', '\\', '\\\\', '" or userName pr or userName eq "',
  'x" or "1" eq "1', '" pr or userName pr or "', 'a" and (b pr) or c eq "d', "x\" or id pr",
  'userName eq "x"', "userName pr", "pr", "not (userName pr)", "(userName pr)", ")", "(", "))((",
  "]", "[", '"]', 'x"] or members[value eq "', 'value eq "x"', "emails[type eq \"work\"]",
  "emails[type eq \"work\" and value co \"@\"]", "name.givenName", ".", "a.b", "a:b",
  "urn:ietf:params:scim:schemas:core:2.0:User:userName", "urn:x", " eq ", " and ", " or ", "eq",
  "true", "false", "null", "True", "False", "0", "-1", "1e3", "0x10", "1.0", "00", "NaN",
  "2026-01-01T00:00:00Z", "meta.lastModified gt \"2000\"", "$ref", "$", "*", "%", "_",
  // escapes of JSON and of others
  "\\u0022", "\\u0000", "\\x22", "\\n", "\n", "\r\n", "\t", "\b", "\f", "\u0001", "\u007f",
  "\u0085", "\u2028", "\u2029", "\ufeffx", "%22", "%22%20or%20userName%20pr", "%00", "%0d%0a",
  "%2e%2e%2f", "&#34;", "&quot;", "+", "a+b", "a b", " a", "a ", "a&filter=userName pr", "a#b",
  "a?b=c", "a;b", "a/b", "../x", "./x", "//x", "/Users", "..%2fUsers", "http://127.0.0.1/",
  // headers, logs, pages, templates, spreadsheets, other query languages
  "x\r\nauthorization: Basic x", "HTTP/1.1 200 OK", "<script>alert(1)</script>", "<!--", "]]>",
  "${7*7}", "{{7*7}}", "#{7*7}", "<%= 7 %>", "`id`", "$(id)", "; rm -rf /", "| id", "=1+1", "@sum",
  "'", "''", "' or '1'='1", "'; drop table users; --", "1; select 1", "*)(uid=*", "(|(uid=*))",
  "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__proto__.isAdmin",
  '{"$ne":null}', '{"a":1}', "[]", "{}", '["x"]', "{\"__proto__\":{\"a\":1}}",
  // letters
  "Zoë Œuvré", "e\u0301", "\u00e9", "ſ", "K", "İ", "ı", "ß", "ﬀ", "名前", "שלום", "\u202etxet",
  "👩‍👩‍👧‍👦",
  "sw", "co \"\"", "ne", "gt", "not", "((", "schemas", "meta", "members", "Operations", "op",
  "\u{10ffff}", "a\u200bb", "ａ", "x".repeat(1_000), "é".repeat(1_000),
];
