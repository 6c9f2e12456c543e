import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

/** Folders that exist on one developer's machine only, and addresses of private registries. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.])\/(?:work|Users|workspace)\/[A-Za-z]/, "a path of one machine"],
  [/(?<![\w.])\/home\/(?!linuxbrew\b)[a-z]/, "a path of one machine"],
  [/(?<![\w.])\/root\/[A-Za-z.]/, "a path of one machine"],
  [/"resolved": "(?!https:\/\/registry\.npmjs\.org\/)/, "a registry that others may not have"],
  [/\bregistry\s*=\s*http/, "a registry that others may not have"],
];

/** What is committed works from a fresh clone in any folder. */
export function machinePaths(house: House): readonly Violation[] {
  const files = [...house.sources, ...house.texts];
  return files.filter(({ path }) => !path.startsWith("tidy/rules/")).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const hit = patterns.find(([pattern]) => pattern.test(line));
      return hit ? [{ rule: "machine paths", path, line: index + 1, message: hit[1] }] : [];
    }),
  );
}
