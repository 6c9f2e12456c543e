import { CliError, exitCodes } from "../failure.js";

/**
 * The address without `/graphql`, slashes at its end, query and fragment: the key under which a
 * session is kept. Throws URL_INVALID, and URL_INSECURE for plain http that leaves the machine:
 * passwords and tokens would be readable on the way.
 */
export function normaliseUrl(given: string, allowHttp: boolean): string {
  const invalid = () => {
    const message = "the address is http:// or https://, without name and password";
    return new CliError("URL_INVALID", message, { exitCode: exitCodes.usage });
  };
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || url.username || url.password) throw invalid();
  if (!["http:", "https:"].includes(url.protocol)) throw invalid();
  if (url.protocol === "http:" && !allowHttp && !isLoopback(url.hostname)) {
    const message = "plain http would carry the session readable over the network: use https";
    throw new CliError("URL_INSECURE", message, {
      exitCode: exitCodes.usage,
      details: ["where the network itself is encrypted: --allow-http"],
    });
  }
  url.search = "";
  url.hash = "";
  return url.href.replace(/(\/graphql)?\/*$/, "");
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
