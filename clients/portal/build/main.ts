import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

/**
 * Builds the portal into `dist/web` unless it stands there already, made of the same sources with
 * the same libraries: a second `npm start` costs the reading of a few hundred small files.
 */
const root = resolve(import.meta.dirname, "..");
const repository = resolve(root, "../..");
const web = join(root, "dist/web");
const stampFile = join(root, "dist/web.stamp");

/** Whatever the files of the build depend on. */
const inputs = [
  join(root, "src"), join(root, "build"), join(root, "index.html"), join(root, "package.json"),
  join(repository, "clients/sdk/src"), join(repository, "package-lock.json"),
];

const stamp = await stampOf(inputs);
if ((await textOf(stampFile)) !== stamp || (await textOf(join(web, "index.html"))) === null) {
  // Only where there is something to build: loading it takes as long as all else here.
  const [{ build }, { default: config }] = await Promise.all([
    import("vite"), import("./vite.config.ts"),
  ]);
  await build({ ...config, configFile: false });
  await pack(web);
  await writeFile(stampFile, stamp);
}

async function stampOf(paths: readonly string[]): Promise<string> {
  const digest = createHash("sha256").update(process.version);
  for (const path of (await Promise.all(paths.map(filesOf))).flat()) {
    digest.update(`${relative(repository, path)}\0`).update(await readFile(path)).update("\0");
  }
  return digest.digest("hex");
}

async function filesOf(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
    .catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return null;
      throw error;
    });
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Each file once more as brotli and gzip, so that nothing is packed while somebody waits. */
async function pack(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  const texts = names.filter((name) => [".js", ".css", ".svg"].includes(extname(name)));
  await Promise.all(texts.map(async (name) => {
    const path = join(folder, name);
    const plain = await readFile(path);
    await writeFile(`${path}.br`, await promisify(brotliCompress)(plain));
    await writeFile(`${path}.gz`, await promisify(gzip)(plain, { level: 9 }));
  }));
}

async function textOf(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  });
}
