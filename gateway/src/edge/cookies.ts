import type { Request, Response } from "express";

/** Kept by a browser that has signed in; no script of any page can read it. */
interface Cookie {
  readonly name: string;
  /** Where it is sent: `/` for everything here. */
  readonly path: string;
  readonly maxAgeSeconds: number;
}

/** The session's token. No session lives longer unused. */
export const sessionCookie: Cookie = {
  name: "joinery-session", path: "/", maxAgeSeconds: 12 * 3_600,
};

/** Token of the last session here, ended or not: it lets a sign-in pass by others' guesses. */
export const deviceCookie: Cookie = {
  name: "joinery-device", path: "/session", maxAgeSeconds: 180 * 24 * 3_600,
};

/** RFC 6265 §4.2: what the browser sent under this name, if it is a token. */
export function readCookie(request: Request, cookie: Cookie): string | undefined {
  const wanted = nameOf(request, cookie);
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === wanted) {
      const value = pair.slice(at + 1).trim();
      return /^[A-Za-z0-9_-]{1,300}$/.test(value) ? value : undefined;
    }
  }
  return undefined;
}

/** An empty value takes it away. */
export function writeCookie(response: Response, cookie: Cookie, value: string): void {
  const { req } = response;
  const maxAge = value === "" ? 0 : cookie.maxAgeSeconds;
  const parts = [
    `${nameOf(req, cookie)}=${value}`, `Path=${cookie.path}`, `Max-Age=${maxAge}`,
    "HttpOnly", "SameSite=Strict", ...(req.secure ? ["Secure"] : []),
  ];
  response.append("set-cookie", parts.join("; "));
}

/** Over TLS the prefix keeps other hosts and plain HTTP from planting one (RFC 6265bis §4.1.3). */
function nameOf(request: Request, { name, path }: Cookie): string {
  if (!request.secure) return name;
  return `${path === "/" ? "__Host-" : "__Secure-"}${name}`;
}
