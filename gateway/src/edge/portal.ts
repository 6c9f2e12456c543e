import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { Router, type Request, type Response } from "express";

/** A file of the portal as it is sent: as it is, and packed where that is smaller. */
interface PortalFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly packed: ReadonlyMap<Encoding, Buffer>;
}

export interface Portal {
  /** The page, with `noncePlace` where each answer gets a nonce of its own. */
  readonly page: string;
  /** By path below `/portal/`. */
  readonly files: ReadonlyMap<string, PortalFile>;
}

/** In order of preference, with the endings that the build gives to packed files. */
const endings = { br: ".br", gzip: ".gz" } as const;
type Encoding = keyof typeof endings;
const encodings = Object.keys(endings) as readonly Encoding[];

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** What the build writes where a nonce belongs. */
const noncePlace = "__JOINERY_NONCE__";

/** The build of the portal, read into memory once; null when there is none. */
export async function readPortal(folder: string): Promise<Portal | null> {
  const names = await readdir(folder, { recursive: true }).catch((error: unknown): string[] => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  const files = new Map<string, PortalFile>();
  for (const name of names.filter((each) => extname(each) in types)) {
    const packed = new Map<Encoding, Buffer>();
    for (const encoding of encodings) {
      const ending = endings[encoding];
      if (!names.includes(`${name}${ending}`)) continue;
      packed.set(encoding, await readFile(join(folder, `${name}${ending}`)));
    }
    const type = types[extname(name)] ?? "application/octet-stream";
    files.set(name, { type, plain: await readFile(join(folder, name)), packed });
  }
  const page = files.get("index.html")?.plain.toString("utf8");
  files.delete("index.html");
  return page === undefined ? null : { page, files };
}

/**
 * The portal at `/portal/`. Its files have names that tell their content and are kept for a year;
 * every other path is the page, which the portal itself takes apart. Nothing but its own scripts
 * runs, and it speaks to nobody but us.
 */
export function portalRoutes({ page, files }: Portal): Router {
  const router = Router();
  router.get("/assets/{*path}", (request, response, next) => {
    const file = files.get(request.path.slice(1));
    if (file) sendFile(request, response, file);
    else next();
  });
  router.get("/{*path}", (request, response, next) => {
    if (request.path.startsWith("/assets/") || extname(request.path) !== "") {
      next();
      return;
    }
    const nonce = randomBytes(16).toString("base64");
    response.setHeader("content-security-policy", pagePolicy(nonce));
    response.setHeader("cache-control", "no-store");
    response.type("html").send(page.replaceAll(noncePlace, nonce));
  });
  return router;
}

/** Styles that the component library makes at run time carry the nonce; scripts are files. */
function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'", "script-src 'self'", `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join(";");
}

function sendFile(request: Request, response: Response, file: PortalFile): void {
  const isTaken = (each: Encoding) => request.acceptsEncodings(each) === each;
  const encoding = encodings.find((each) => file.packed.has(each) && isTaken(each));
  response.setHeader("cache-control", "public, max-age=31536000, immutable");
  response.setHeader("vary", "accept-encoding");
  response.setHeader("content-type", file.type);
  if (encoding) response.setHeader("content-encoding", encoding);
  response.end((encoding && file.packed.get(encoding)) ?? file.plain);
}
