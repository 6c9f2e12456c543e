import { bareApp, listen } from "@joinery/kit";
import { expect, test } from "vitest";
import { readEdgeConfig } from "../config.js";
import { clientAddress } from "./client-address.js";

/** What is taken for the caller's address by an edge that trusts these proxies. */
async function taken(trusted: string, forwarded: string): Promise<string> {
  const { trustedProxies } = readEdgeConfig({ JOINERY_TRUSTED_PROXIES: trusted });
  const app = bareApp();
  app.set("trust proxy", [...trustedProxies]);
  app.get("/", (request, response) => void response.json(clientAddress(request)));
  const listener = await listen(app, "127.0.0.1", 0);
  try {
    const headers = { "x-forwarded-for": forwarded };
    const response = await fetch(`http://127.0.0.1:${listener.port}/`, { headers });
    return (await response.json()) as string;
  } finally {
    await listener.close();
  }
}

test.for([
  ["nobody is believed unless configured", "", "203.0.113.9", "127.0.0.1"],
  ["another proxy is not believed", "10.0.0.0/8", "203.0.113.9", "127.0.0.1"],
  ["a trusted proxy is", "127.0.0.0/8", "203.0.113.9", "203.0.113.9"],
  ["what stands before it is the caller's own word", "127.0.0.1", "1.1.1.1, 203.0.113.9",
    "203.0.113.9"],
  ["through two trusted ones", "127.0.0.1,10.0.0.0/8", "203.0.113.9, 10.1.2.3", "203.0.113.9"],
  ["IPv6 too", "127.0.0.1", "2001:db8::7", "2001:db8::7"],
  ["IPv4 in IPv6 is IPv4", "127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
  ["what is no address is not said", "127.0.0.1", "<script>", "127.0.0.1"],
  ["nor is nothing", "127.0.0.1", "", "127.0.0.1"],
])("%s", async ([, trusted, forwarded, expected]) => {
  expect(await taken(trusted as string, forwarded as string)).toBe(expected);
});

test.for(["10.0.0.0/33", "10.0.0", "proxy.example", "10.0.0.0/8/8", "fd00::/129", "1.1.1.1/x"])(
  "%s is no range, and the process does not start with it", (text) => {
    expect(() => readEdgeConfig({ JOINERY_TRUSTED_PROXIES: text })).toThrowError(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  },
);
