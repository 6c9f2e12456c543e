import { isIP } from "node:net";
import { buildConnector } from "undici";
import type { Reach } from "../connector.js";
import { addressDenied } from "../reach/reach.js";

/**
 * Connects to permitted addresses alone. A name is looked up once for each connection and the
 * answer that was judged is the one connected to, so that a name which changes meanwhile leads
 * nowhere else.
 */
export function permittedConnector(
  reach: Reach, options: buildConnector.BuildOptions,
): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: reach.lookup });
  return (target, callback) => {
    const address = target.hostname.replace(/^\[(.*)\]$/, "$1");
    if (isIP(address) !== 0 && !reach.permits(address)) {
      callback(addressDenied(), null);
      return;
    }
    connect(target, callback);
  };
}
