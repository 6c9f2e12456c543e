import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { jwtVerify, SignJWT } from "jose";
import { JoineryError } from "../errors.js";
import { isTenantId } from "../ids.js";
import { clientPermissions, permissions, type Actor, type Permission } from "../permissions.js";
import type { PushClient } from "./contracts.js";

/**
 * The signed token by which our processes know each other and pass on who asks: EdDSA (RFC 8037),
 * valid for one minute, for one audience.
 */
export class InternalTokens {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #issued = new Map<string, { token: string; until: number }>();
  readonly #verified = new Map<string, { actor: Actor; until: number }>();

  constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey;
    this.#publicKey = createPublicKey(privateKey);
  }

  /** Throws INTERNAL_KEY_INVALID when the file is missing or no Ed25519 private JWK. */
  static async load(file: string): Promise<InternalTokens> {
    try {
      const jwk = JSON.parse(await readFile(file, "utf8")) as object;
      const key = createPrivateKey({ key: jwk as never, format: "jwk" });
      if (key.asymmetricKeyType !== "ed25519") throw new Error("not an Ed25519 key");
      return new InternalTokens(key);
    } catch (cause) {
      const message = `${file} holds no Ed25519 private key as JWK`;
      throw new JoineryError("INTERNAL_KEY_INVALID", message, {}, { cause });
    }
  }

  /** A token of `actor` for one service. The same actor gets the same token for half a minute. */
  async issue(audience: string, actor: Actor): Promise<string> {
    const key = JSON.stringify([audience, actor]);
    const held = this.#issued.get(key);
    if (held && held.until > Date.now()) return held.token;
    const token = await new SignJWT({ actor: { ...actor } })
      .setProtectedHeader({ alg: "EdDSA" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(actor.id)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(this.#privateKey);
    bounded(this.#issued).set(key, { token, until: Date.now() + (lifetimeSeconds * 1000) / 2 });
    return token;
  }

  /**
   * Throws INTERNAL_TOKEN_REFUSED for a token that is absent, forged, expired or for another
   * service.
   */
  async verify(audience: string, token: string | undefined): Promise<Actor> {
    if (!token) throw refused("no internal token");
    const key = `${audience} ${token}`;
    const held = this.#verified.get(key);
    if (held && held.until > Date.now()) return held.actor;
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: ["EdDSA"],
        issuer,
        audience,
        requiredClaims: ["exp", "sub", "actor"],
      });
      const actor = parseActor(payload["actor"]);
      const until = (payload.exp ?? 0) * 1000;
      bounded(this.#verified).set(key, { actor, until });
      return actor;
    } catch (cause) {
      throw refused("the internal token does not hold", cause);
    }
  }
}

const issuer = "joinery";
const lifetimeSeconds = 60;
const cacheSizeMax = 10_000;

function bounded<T>(cache: Map<string, T>): Map<string, T> {
  if (cache.size >= cacheSizeMax) cache.clear();
  return cache;
}

function refused(message: string, cause?: unknown): JoineryError {
  return new JoineryError("INTERNAL_TOKEN_REFUSED", message, {}, { cause });
}

const actorKinds = new Set<string>(["person", "client", "service", "anonymous"]);

function parseActor(claim: unknown): Actor {
  const actor = claim as Partial<Actor> | null;
  const known = new Set<string>(permissions);
  if (
    typeof actor !== "object" || actor === null ||
    !actorKinds.has(actor.kind ?? "") ||
    typeof actor.id !== "string" || typeof actor.name !== "string" ||
    (actor.tenant !== null && !isTenantId(actor.tenant)) ||
    (actor.session !== undefined && typeof actor.session !== "string") ||
    (actor.application !== undefined && typeof actor.application !== "string") ||
    !Array.isArray(actor.permissions) ||
    !actor.permissions.every((item: unknown) => typeof item === "string" && known.has(item))
  ) {
    throw new Error("malformed actor");
  }
  return {
    kind: actor.kind as Actor["kind"],
    id: actor.id,
    name: actor.name,
    tenant: actor.tenant,
    permissions: actor.permissions as Permission[],
    ...(actor.session === undefined ? {} : { session: actor.session }),
    ...(actor.application === undefined ? {} : { application: actor.application }),
  };
}

/** The actor of a client that pushes: it may do that, in its own application. */
export function clientActor({ id, name, tenant, applicationId }: PushClient): Actor {
  return {
    kind: "client", id, name, tenant, permissions: clientPermissions, application: applicationId,
  };
}

/** The actor of a service that works for itself or for one organisation. */
export function serviceActor(service: string, tenant: Actor["tenant"] = null): Actor {
  return { kind: "service", id: service, name: service, tenant, permissions: [] };
}
