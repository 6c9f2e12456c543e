import { hostileFormulas } from "./hostile-formulas.fixture.js";
import { hostileFilters, hostileNames } from "./hostile-ldap.fixture.js";
import { hostileSql } from "./hostile-sql.fixture.js";
import { hostileWords } from "./hostile-words.fixture.js";

/** Every text of every corpus, once. */
export const hostileTexts: readonly string[] = [...new Set([
  ...hostileWords, ...hostileNames, ...hostileFilters, ...hostileSql, ...hostileFormulas,
])];
