import { lookup as lookupName } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { ConnectorError, type Reach } from "../connector.js";
import { isAmong, isPublic, networkList } from "./addresses.js";

/**
 * The public internet, and what the operator permits beside it: networks such as `10.0.0.0/8`, or
 * one address. `resolve` looks names up. Throws for what is no network.
 */
export function reachOf(networks: readonly string[], resolve: LookupFunction = lookupName): Reach {
  const permitted = networkList(networks);
  const permits = (address: string): boolean => isPublic(address) || isAmong(permitted, address);
  const lookup: LookupFunction = (name, options, callback) => {
    resolve(name, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, "");
        return;
      }
      const all = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      const good = all.filter(({ address }) => permits(address));
      const [first] = good;
      if (first === undefined) callback(addressDenied(), "");
      else if (options.all === true) callback(null, good);
      else callback(null, first.address, first.family);
    });
  };
  return { permits, lookup };
}

/** Where nobody said more. */
export const publicReach: Reach = reachOf([]);

/** Says nothing of the address: whoever may set a url need not learn what names lead to. */
export function addressDenied(): ConnectorError {
  const why = "the url leads to an address that the operator does not permit";
  return new ConnectorError("stop", "ADDRESS_DENIED", why);
}
