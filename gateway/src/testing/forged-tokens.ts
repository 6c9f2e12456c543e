import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from "node:crypto";

/** Claims of an internal token as our processes make them. */
export function claimsOf(audience: string, actor: object, validForSeconds = 60): object {
  const now = Math.floor(Date.now() / 1000);
  return { actor, iss: "joinery", aud: audience, sub: "x", iat: now, exp: now + validForSeconds };
}

/** A compact JWS (RFC 7515) signed with Ed25519. */
export function signed(claims: object, key: KeyObject, header: object = { alg: "EdDSA" }): string {
  const body = unsigned(claims, header);
  return `${body}.${sign(null, Buffer.from(body), key).toString("base64url")}`;
}

function unsigned(claims: object, header: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}`;
}

/** Tokens that must open nothing at `audience`, by what is wrong with them. */
export function badTokens(
  audience: string,
  otherService: string,
  actor: object,
  realKey: KeyObject,
): Readonly<Record<string, string | undefined>> {
  const good = claimsOf(audience, actor);
  const stranger = generateKeyPairSync("ed25519");
  const publicKey = createPublicKey(realKey);
  const jwk = stranger.publicKey.export({ format: "jwk" });
  const valid = signed(good, realKey);
  const [head = "", body = "", tail = ""] = valid.split(".");
  const owner = { ...actor, permissions: ["operator:write"], id: "somebody else" };
  const otherBody = unsigned(claimsOf(audience, owner), { alg: "EdDSA" }).split(".")[1] ?? "";
  return {
    "no token": undefined,
    "an empty token": "",
    "a session token": `jns_${"s".repeat(49)}`,
    "another service's token": signed(claimsOf(otherService, actor), realKey),
    "a token for every service": signed(claimsOf("*", actor), realKey),
    "an expired token": signed(claimsOf(audience, actor, -1), realKey),
    "a token that never expires": signed({ ...good, exp: undefined }, realKey),
    "a token not valid yet": signed({ ...good, nbf: Date.now() / 1000 + 600 }, realKey),
    "another issuer's token": signed({ ...good, iss: "somebody" }, realKey),
    "a token without actor": signed({ ...good, actor: undefined }, realKey),
    "a token with a made-up right": signed(
      claimsOf(audience, { ...actor, permissions: ["everything:write"] }), realKey,
    ),
    "a token of a made-up kind": signed(claimsOf(audience, { ...actor, kind: "root" }), realKey),
    "a token of a malformed tenant": signed(
      claimsOf(audience, { ...actor, tenant: 'x"; set role postgres; --' }), realKey,
    ),
    "a stranger's key": signed(good, stranger.privateKey),
    "a stranger's key that comes along": signed(good, stranger.privateKey, { alg: "EdDSA", jwk }),
    "no signature (alg none)": `${unsigned(good, { alg: "none" })}.`,
    "no signature (alg None)": `${unsigned(good, { alg: "None" })}.`,
    "no signature, alg kept": `${head}.${body}.`,
    "HS256 with the public key": macWith(good, publicKey.export({ type: "spki", format: "der" })),
    "HS256 with the public key's text": macWith(
      good, Buffer.from(publicKey.export({ type: "spki", format: "pem" })),
    ),
    "HS256 with the public key's bytes": macWith(
      good, Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url"),
    ),
    "a signature moved to other claims": `${head}.${otherBody}.${tail}`,
    "a signature with one bit turned": `${head}.${body}.${turned(tail)}`,
  };
}

/** RFC 8725 §2.1: a verifier that lets the token choose would take the public key for a secret. */
function macWith(claims: object, secret: Buffer): string {
  const body = unsigned(claims, { alg: "HS256" });
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}

function turned(signature: string): string {
  const bytes = Buffer.from(signature, "base64url");
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  return bytes.toString("base64url");
}
