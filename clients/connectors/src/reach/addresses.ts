import { BlockList, isIP } from "node:net";

/**
 * What of IPv4 is not the public internet: the IANA registry of special-purpose addresses (RFC
 * 6890), groups (RFC 5771) and what is reserved.
 */
const special4 = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
  "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
  "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
];

/** All of IPv6 that is given out as public (RFC 4291 §2.4). */
const global6 = ["2000::/3"];

/** What of that is not: protocols with IPv4 inside (Teredo, 6to4), benchmarks, documentation. */
const special6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const notPublic4 = networkList(special4);
const maybePublic6 = networkList(global6);
const notPublic6 = networkList(special6);

/** Networks such as `10.0.0.0/8`, `fd00::/8` or one address. Throws for anything else. */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits, ...more] = network.split("/");
    const family = isIP(address);
    const longest = family === 4 ? 32 : 128;
    const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
    if (family === 0 || address.includes("%") || more.length > 0 || !(length <= longest)) {
      throw new Error("is no list of networks like 10.0.0.0/8,fd00::/8");
    }
    list.addSubnet(address, length, family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

/** Whether an address is one of a list, however it is written. */
export function isAmong(list: BlockList, address: string): boolean {
  const plain = plainAddress(address);
  return plain !== undefined && list.check(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
}

/** Whether an address is one of the public internet; what is no address is not. */
export function isPublic(address: string): boolean {
  const plain = plainAddress(address);
  if (plain === undefined) return false;
  if (isIP(plain) === 4) return !notPublic4.check(plain, "ipv4");
  return maybePublic6.check(plain, "ipv6") && !notPublic6.check(plain, "ipv6");
}

/** IPv4 within IPv6: mapped (RFC 4291 §2.5.5.2) and translated (RFC 6052, 64:ff9b::/96). */
const prefixes4 = ["0,0,0,0,0,ffff", "64,ff9b,0,0,0,0"];

/** Without its zone, and as IPv4 where that is what is reached by it. */
function plainAddress(text: string): string | undefined {
  const [address = ""] = text.split("%");
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : undefined;
  const groups = groupsOf(address);
  if (!prefixes4.includes(groups.slice(0, 6).join(","))) return address;
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The eight groups, in hexadecimal without leading zeros. */
function groupsOf(address: string): readonly string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return before;
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after];
}
