import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  newTenantId, uuidv7, type ApplicationsMethods, type SegmentMethods, type ServiceRuntime,
} from "@joinery/kit";
import type { Deps } from "./app/ports.js";
import { Argon2Passwords } from "./persistence/argon2-passwords.js";
import type { MasterKey } from "./persistence/master-key.js";
import { OutboxRecorder } from "./persistence/outbox-recorder.js";
import { SqlAttemptStore } from "./persistence/sql-attempt-store.js";
import { SqlClientStore } from "./persistence/sql-client-store.js";
import { SqlCredentialStore } from "./persistence/sql-credential-store.js";
import { SqlInitialPasswordStore } from "./persistence/sql-initial-password-store.js";
import { SqlOperatorStore } from "./persistence/sql-operator-store.js";
import { SqlOrganisationKeyStore } from "./persistence/sql-organisation-key-store.js";
import { SqlOrganisationStore } from "./persistence/sql-organisation-store.js";
import { SqlSecretStore } from "./persistence/sql-secret-store.js";
import { SqlSessionStore } from "./persistence/sql-session-store.js";

/** The use-cases' ports on the real things. */
export async function openPorts(runtime: ServiceRuntime, master: MasterKey): Promise<Deps> {
  const { door, keys, internal, clock, log } = runtime;
  return {
    organisations: new SqlOrganisationStore(door, master),
    organisationKeys: new SqlOrganisationKeyStore(door, master),
    operators: new SqlOperatorStore(door),
    credentials: new SqlCredentialStore(door),
    sessions: new SqlSessionStore(door),
    attempts: new SqlAttemptStore(door),
    secrets: new SqlSecretStore(door, keys),
    initialPasswords: new SqlInitialPasswordStore(door, keys),
    clients: new SqlClientStore(door),
    passwords: await Argon2Passwords.create(),
    segments: {
      provision: async (service, tenant) => {
        await internal.call<SegmentMethods, "provision">(service, "provision", { tenant });
      },
    },
    takesPushes: (tenant, applicationId) =>
      internal.call<ApplicationsMethods, "takesPushes">(
        "applications", "takesPushes", { tenant, applicationId }),
    recorder: new OutboxRecorder(door, keys.events, clock),
    random: (bytes) => randomBytes(bytes),
    newTenantId,
    newId: () => uuidv7(clock().getTime()),
    clock,
    stopwatch: startStopwatch,
    log,
  };
}

function startStopwatch(): (ms: number) => Promise<void> {
  const start = performance.now();
  return async (ms) => {
    await sleep(Math.max(0, start + ms - performance.now()));
  };
}
