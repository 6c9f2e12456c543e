/** Where a NATS server is and how to sign in there, as the NATS client's `connect` takes it. */
export interface NatsAddress {
  servers: string[];
  token?: string;
  user?: string;
  pass?: string;
}

/**
 * Takes the credentials out of a NATS URL, because the client ignores them there:
 * `nats://token@host:port`, `nats://user:password@host:port`, several with commas. The first
 * credentials count for all, as the servers of one cluster share their accounts.
 */
export function natsAddress(url: string): NatsAddress {
  const address: NatsAddress = { servers: [] };
  for (const part of url.split(",").map((each) => each.trim())) {
    if (!part) continue;
    const parsed = new URL(part.includes("://") ? part : `nats://${part}`);
    const [user, pass] = [parsed.username, parsed.password].map(decodeURIComponent);
    if (user && address.token === undefined && address.user === undefined) {
      if (pass) Object.assign(address, { user, pass });
      else address.token = user;
    }
    parsed.username = "";
    parsed.password = "";
    address.servers.push(parsed.href.replace(/\/$/, ""));
  }
  return address;
}
