const heads = [
  "'", "\"", "`", "\\'", "\\\"", "\\", "')", "\")", "'))", "''", "\\\\'", "%27", "\u02bc", "\uff07",
  "a'", "1", "0", "-1", "$$", "$1", "?", "@x", ":login", "::text", "{{x}}", "[x]", "/*", "*/",
];
const tails = [
  "", "; drop table people; --", " or 1=1 --", " or '1'='1", " union select 1,2,3 --",
  "; select pg_sleep(9); --", " and sleep(9) #", "; update people set note = 'owned'; --",
];
const others = [
  "1; drop table people", "1 or true", "null", "NULL", "default", "true", "current_user",
  "admin'--", "admin' #", "admin'/*", "') or ('1'='1", "x' || (select version()) || '",
  "x' and extractvalue(1, concat(0x7e, version())) and '1'='1", "'; exec xp_cmdshell('id'); --",
  "'; copy (select 1) to program 'id'; --", "\\x27", "\u0001", "\u001a", "\b", "\n--\n", "\r\n'",
  "e'\\''", "U&'\\0027'", "0x27", "char(39)", "x\u2028'", "👩‍👩‍👧‍👦'", "\ufeff'", "'\u0301",
  "select * from people", "%", "_", "%%", "\\%", "*", "name,(select 1)", "--", "#", "/*!50000 1*/",
];
/** Values that would be statements where they were not bound. */
export const hostileSql: readonly string[] = [
  ...new Set([...heads.flatMap((head) => tails.map((tail) => head + tail)), ...others]),
];
