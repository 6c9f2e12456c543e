import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { InternalClient, silentLog } from "@joinery/kit";
import type {} from "@joinery/kit/services";
import { openServiceDatabase, type ServiceDatabase } from "@joinery/kit/testing";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { notifyModule } from "../module.js";
import type { NewMessage } from "../domain/message.js";
import { pageMessages, queueMessages, settleDue } from "../persistence/message-store.js";
import type { Mailer, NotifyDeps } from "./ports.js";
import { dueTenants, sendDue } from "./send-mail.js";
import { smtpMailer } from "./smtp-mailer.js";

let database: ServiceDatabase;
let server: SMTPServer;
let deps: NotifyDeps;
let tenant: string;
let answer: Error | null;
const inbox: {
  subject: string | undefined;
  text: string | undefined;
  messageId: string | undefined;
}[] = [];

beforeAll(async () => {
  database = await openServiceDatabase(inject("postgresUrl"), notifyModule);
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, _session, done) {
      const parsed = buffer(stream).then((bytes) => PostalMime.parse(bytes));
      void parsed.then(
        ({ subject, text, messageId }) => {
          if (answer === null) inbox.push({ subject, text, messageId });
          done(answer);
        },
        done,
      );
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  const mailer = smtpMailer({
    smtpUrl: `smtp://127.0.0.1:${port}`,
    sender: "joinery@example.test",
  });
  const internal = new InternalClient("notify", undefined as never, {});
  deps = { door: database.door, internal, log: silentLog, mailer };
});
afterAll(async () => {
  deps.mailer?.close();
  await new Promise<void>((resolve) => server.close(resolve));
  await database.close();
});
beforeEach(async () => {
  tenant = await database.newTenant();
  answer = null;
  inbox.length = 0;
});

function messageOf(occasion: string): NewMessage {
  return {
    kind: "run.held",
    recipient: "a@example.test",
    subject: "Held",
    text: "Held.\n",
    occasion,
  };
}

function queue(occasion: string): Promise<void> {
  return database.door.withTenant(tenant, (tx) => queueMessages(tx, [messageOf(occasion)]));
}

function messages() {
  return database.door.withTenant(tenant, (tx) => pageMessages(tx, 50, null));
}

test("a queued mail reaches the server once, whoever hears of the occasion again", async () => {
  await queue("event-1 a@example.test");
  await queue("event-1 a@example.test");
  expect(await dueTenants(deps)).toContain(tenant);
  await Promise.all([sendDue(deps, deps.mailer!, tenant), sendDue(deps, deps.mailer!, tenant)]);
  expect(inbox).toHaveLength(1);
  expect(inbox[0]).toMatchObject({ subject: "Held", text: "Held.\n" });
  expect(await messages()).toMatchObject([{ state: "sent", attempts: 1 }]);
  expect(await dueTenants(deps)).not.toContain(tenant);
});

test("a mail that is queued while the last one is settled is not forgotten", async () => {
  await queue("event-1");
  await sendDue(deps, deps.mailer!, tenant);
  await queue("event-2");
  await database.door.withTenant(tenant, (tx) => tx.execute("update message set state = 'sent'"));
  let settled: Promise<void> = Promise.resolve();
  await database.door.withTenant(tenant, async (tx) => {
    await queueMessages(tx, [messageOf("event-3")]);
    settled = database.door.withTenant(tenant, settleDue);
    await pause(300); // It meets the row that is held here.
  });
  await settled;
  expect(await dueTenants(deps)).toContain(tenant);
});

test("a mail that takes longer than a claim is not sent by two", async () => {
  await queue("event-1");
  let sent = 0;
  const slow: Mailer = {
    send: async () => {
      sent += 1;
      await pause(2_000);
    },
    close: () => undefined,
  };
  const first = sendDue(deps, slow, tenant, 600);
  await pause(1_500);
  await sendDue(deps, slow, tenant, 600);
  await first;
  expect(sent).toBe(1);
});

test("a mail that the server cannot take now is tried again later", async () => {
  answer = Object.assign(new Error("try later"), { responseCode: 451 });
  await queue("event-2");
  expect(await sendDue(deps, deps.mailer!, tenant)).toBe(0);
  expect(await messages()).toMatchObject([{ state: "queued", attempts: 1 }]);
  expect(await dueTenants(deps)).not.toContain(tenant);
  answer = null;
  await database.door.withTenant(tenant, (tx) => tx.execute("update message set next_at = now()"));
  await pause(5);
  expect(await sendDue(deps, deps.mailer!, tenant)).toBe(1);
});

test("a mail that the server refuses for good is given up with its code", async () => {
  answer = Object.assign(new Error("no such person"), { responseCode: 550 });
  await queue("event-3");
  await sendDue(deps, deps.mailer!, tenant);
  expect(await messages()).toMatchObject([{ state: "failed", code: "EMESSAGE" }]);
});
