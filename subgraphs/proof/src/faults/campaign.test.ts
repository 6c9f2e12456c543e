import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCampaign, type CampaignReport } from "./campaign.js";

/** The short form of `npm run test:faults`; the long one takes every point. */
const points = ["export.write.after", "vault.apply.after"];

describe("after deaths, an emptied broker, an older one, and a database killed", () => {
  const said: string[] = [];
  let report: CampaignReport | undefined;

  beforeAll(async () => {
    const seed = Number(process.env["JOINERY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
    process.stdout.write(`fault campaign: JOINERY_SEED=${seed}\n`);
    report = await runCampaign({
      kills: 4, stormKills: 3, people: 60, seed, topology: "compact", points,
      databaseKills: 1, brokerLosses: 1, brokerCopyAgeMs: 5_000,
      say: (line) => said.push(line),
    });
  }, 400_000);
  afterAll(() => {
    const { lost = 1, duplicates = 0, unplanned = 0 } = report ?? {};
    if (lost + duplicates + unplanned > 0) process.stdout.write(`${said.join("\n")}\n`);
  });

  test("processes died at each point that was asked for, and then some", () => {
    expect(report).toMatchObject({ pointsHit: points.length, pointsNamed: points.length });
    expect(report?.kills).toBeGreaterThanOrEqual(points.length + 4);
  });

  test("nothing is lost, nothing is there twice, nothing was written outside a plan", () => {
    expect(report).toMatchObject({ lost: 0, duplicates: 0, unplanned: 0 });
  });
});
