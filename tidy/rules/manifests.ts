import type { House, Package } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

const rule = "manifests";
const exact = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/**
 * Versions are exact, our packages share one, and each package's README gives a reason for every
 * dependency by naming it.
 */
export function manifests(house: House): readonly Violation[] {
  const version = house.packages.find((one) => one.name === "kit")?.manifest.version;
  return house.packages.flatMap((one) => [
    ...versions(one, version),
    ...reasons(one, house.texts.find(({ path }) => path === `${one.folder}/README.md`)?.text),
  ]);
}

function versions(one: Package, version: string | undefined): readonly Violation[] {
  const at = (message: string) => ({ rule, path: `${one.folder}/package.json`, line: 0, message });
  const loose = Object.entries({ ...one.manifest.dependencies, ...one.manifest.devDependencies })
    .filter(([, wanted]) => !exact.test(wanted))
    .map(([name, wanted]) => at(`${name} is not pinned: ${wanted}`));
  return one.manifest.version === version
    ? loose
    : [...loose, at(`version ${one.manifest.version}, the others have ${version}`)];
}

function reasons(one: Package, readme: string | undefined): readonly Violation[] {
  const path = `${one.folder}/README.md`;
  if (readme === undefined) return [{ rule, path, line: 0, message: "is missing" }];
  return Object.keys(one.manifest.dependencies ?? {})
    .filter((name) => !name.startsWith("@joinery/") && !names(readme, name))
    .map((name) => ({ rule, path, line: 0, message: `gives no reason for ${name}` }));
}

/** `@scope/*` in a README stands for every package of the scope. */
function names(readme: string, dependency: string): boolean {
  const [first = ""] = dependency.split("/");
  return readme.includes(dependency) || (first.startsWith("@") && readme.includes(`${first}/*`));
}
