import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { toSource, type Source } from "./source.ts";

/** One of our packages, as its `package.json` and `tsconfig.json` tell it. */
export interface Package {
  /** Without the scope: `kit`, `vault`. */
  readonly name: string;
  /** From the root of the repository: `subgraphs/kit`. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Folders named by the `references` of its `tsconfig.json`, from the root. */
  readonly references: readonly string[];
}

export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Everything the rules look at. */
export interface House {
  readonly packages: readonly Package[];
  /** TypeScript of the packages, of `tidy/` and of the root. */
  readonly sources: readonly Source[];
  /** Every other text file: documents, scripts, settings. */
  readonly texts: readonly { readonly path: string; readonly text: string }[];
}

export const scope = "@joinery/";

const packageManifest = /^(events|gateway|subgraphs\/[^/]+|clients\/[^/]+)\/package\.json$/;

export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Reads what git knows or would add; ignored files are nobody's concern. */
export function readHouse(root: string = repositoryRoot): House {
  const listed = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  const paths = listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  return {
    packages: paths
      .filter((path) => packageManifest.test(path))
      .map((path) => readPackage(dirname(path), read)),
    sources: paths.filter(isSource).sort().map((path) => toSource(path, read(path))),
    texts: paths
      .filter((path) => !isSource(path) && isText(path))
      .map((path) => ({ path, text: read(path) })),
  };
}

/** Generated sources are nobody's to tidy. */
function isSource(path: string): boolean {
  return /\.tsx?$/.test(path) && !path.endsWith(".d.ts") && !path.includes("/generated/");
}

function isText(path: string): boolean {
  const named = /\.(md|json|jsonc|sh|sql|graphql|ya?ml|js|mjs|txt|svg|ldif|csv)$/.test(path);
  return (named && !path.endsWith("package-lock.json")) || path === ".ci/run";
}

function readPackage(folder: string, read: (path: string) => string): Package {
  const manifest = JSON.parse(read(`${folder}/package.json`)) as Manifest;
  const settings = JSON.parse(read(`${folder}/tsconfig.json`)) as {
    references?: readonly { path: string }[];
  };
  return {
    name: manifest.name.replace(scope, ""),
    folder,
    manifest,
    references: (settings.references ?? []).map(({ path }) => join(folder, path)),
  };
}

/** The package that a file belongs to; none for `tidy/` and the files of the root. */
export function packageOf(house: House, path: string): Package | undefined {
  return house.packages.find((one) => path.startsWith(`${one.folder}/`));
}
