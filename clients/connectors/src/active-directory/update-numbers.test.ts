import { expect, test } from "vitest";
import type { ChangeBatch } from "../connector.js";
import { signal } from "../ldap/directory.fixture.js";
import { errorOf } from "../ldap/fixtures.js";
import { formatToken } from "../delta-tokens.js";
import { parseToken, type UsnToken } from "./delta-token.js";
import { describeDomain, newUser } from "./domain.fixture.js";

describeDomain("numbers of another domain controller", (domain) => {
  const tokenOf = async (): Promise<UsnToken> => {
    const text = (await domain.connector.changes?.begin(signal))?.token ?? "";
    const { scope } = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as UsnToken;
    return parseToken(text, scope, new Date()) as UsnToken;
  };
  const report = async (token: UsnToken): Promise<readonly ChangeBatch[]> => {
    const batches: ChangeBatch[] = [];
    for await (const batch of domain.connector.changes?.changes(formatToken(token), {
      signal, batchSizeMax: 50,
    }) ?? []) {
      batches.push(batch);
    }
    return batches;
  };

  test("another invocation, or one that counts from before, asks for a full read", async () => {
    const token = await tokenOf();
    for (const wrong of [
      { ...token, server: "00000000-0000-0000-0000-000000000000" },
      { ...token, usn: String(BigInt(token.usn) + 1_000n) },
    ]) {
      expect(await errorOf(report(wrong))).toMatchObject({
        kind: "stop", code: "DELTA_TOKEN_REJECTED",
      });
    }
    expect((await report(token)).map((batch) => batch.type)).toEqual([
      "token", "token",
    ]);
  });

  test("many changes come in pages, and the position moves only at their end", async () => {
    const token = await tokenOf();
    const people = await domain.done(
      Array.from({ length: 9 }, (_, at) => newUser(`page${at}`)),
    );
    const connector = await domain.connect({ changes: "usn", pageSize: 4 });
    const batches: ChangeBatch[] = [];
    for await (const batch of connector.changes?.changes(formatToken(token), {
      signal, batchSizeMax: 50,
    }) ?? []) {
      batches.push(batch);
    }
    await connector.close();
    const objects = batches.flatMap((batch) => (batch.type === "objects" ? batch.objects : []));
    expect(objects.map((each) => each.anchor).sort()).toEqual(
      people.map((each) => each.anchor).sort(),
    );
    const positions = batches.flatMap((batch) => (batch.type === "token" ? [batch.token] : []));
    expect(positions.length).toBeGreaterThan(2);
    expect(new Set(positions).size).toBe(2);
  });
}, { settings: { changes: "usn" } });
