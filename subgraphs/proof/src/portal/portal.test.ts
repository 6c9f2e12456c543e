import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hrSettings, peopleFile } from "../cli/company.js";
import { openWorld, type World } from "../support/world.js";
import { crm, rules, rulesWithWiki, wiki } from "./applications.js";
import { browserMissing, complaintsOf, expectAccessible, startBrowser } from "./browser.js";

const missing = browserMissing();
const people = 120;

const options = { timeout: 60_000 };

describe.skipIf(missing !== undefined)(`the portal ${missing ?? ""}`, options, () => {
  let world: World;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let hr: string;

  beforeAll(async () => {
    [world, browser] = await Promise.all([openWorld(), startBrowser()]);
    hr = await fill(world);
    page = await (await browser.newContext({ locale: "en-GB", reducedMotion: "reduce" })).newPage();
    page.setDefaultTimeout(20_000);
    complaints = complaintsOf(page);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const heading = (name: string) => page.getByRole("heading", { name, level: 1 }).waitFor();

  test("nobody sees anything before the sign-in, and a wrong password opens nothing", async () => {
    await page.goto(`${world.stack.url}/portal/runs`);
    await heading("Sign in");
    expect(new URL(page.url()).pathname).toBe("/portal/sign-in");
    await page.getByLabel("E-mail address").fill(world.stack.ownerEmail);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("SIGN_IN_REFUSED").waitFor();
    await expectAccessible(page);
  });

  test("the sign-in leads to where one wanted to go, and leaves no token to scripts", async () => {
    await page.getByLabel("Password", { exact: true }).fill(world.stack.ownerPassword);
    await button("Sign in").click();
    await heading("Runs");
    const kept = await page.evaluate(
      "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])",
    );
    expect(kept).not.toContain("jns_");
    const cookies = await page.context().cookies();
    expect(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite]))
      .toEqual([[true, "Strict"], [true, "Strict"]]);
    await page.getByRole("row").nth(3).waitFor();
    await expectAccessible(page);
  });

  test("home says what waits, and how every application stands", async () => {
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByText("Human resources: a run is held").waitFor();
    await page.getByText("120 people").waitFor();
    expect(await page.getByRole("row").count()).toBe(3);
    await expectAccessible(page);
  });

  test("whoever has no mouse skips the navigation and stays inside a dialog", async () => {
    await page.reload();
    await page.getByText("Human resources: a run is held").waitFor();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Skip to content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await focused(page)).toContain("a run is held");
    await page.keyboard.press("Enter");
    await heading("Run of Human resources");
    await button("Give up").press("Enter");
    const dialog = page.getByRole("dialog", { name: "Give this run up?" });
    await dialog.waitFor();
    for (let presses = 0; presses < 4; presses += 1) {
      await page.keyboard.press("Tab");
      expect(await dialog.locator(":focus").count()).toBe(1);
    }
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await focused(page)).toBe("Give up");
  });

  test("a held run says how far it goes over which limit, and is given up there", async () => {
    await page.getByText(/delete in Import of Human resources: at most \d+ pass, of 120/).waitFor();
    await button("Give up").click();
    await page.getByRole("dialog").getByRole("button", { name: "Give up" }).click();
    await page.getByText("It was given up").waitFor();
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByText("Nothing waits for you.").waitFor();
  });

  test("an application is checked, stopped and resumed, and a run of it followed", async () => {
    await world.writeFile("people.csv", peopleFile(people).replace("Given7,", "Seven,"));
    await page.getByRole("link", { name: "Applications" }).click();
    await page.getByRole("link", { name: "Human resources" }).click();
    await heading("Human resources");
    await button("Check connection").click();
    await page.getByRole("dialog").getByText("The system answers.").waitFor();
    await page.keyboard.press("Escape");
    for (const [verb, state] of [["Stop", "Stopped"], ["Resume", "Active"]] as const) {
      await button(verb).click();
      await page.getByRole("dialog").getByRole("button", { name: verb }).click();
      await page.getByRole("main").getByText(state, { exact: true }).first().waitFor();
    }
    await button("Pause").first().click();
    await page.getByText("paused").waitFor();
    await button("Resume").first().click();
    await page.getByText("paused").waitFor({ state: "detached" });
    await expectAccessible(page);
    await button("Start a run").click();
    await heading("Run of Human resources");
    await page.getByText("Finished").waitFor({ timeout: 30_000 });
    await page.getByText("name: Given7 Family7 → Seven Family7").waitFor();
    await expectAccessible(page);
  });

  test("a plan is rejected in part, approved by its pattern, and that is written", async () => {
    const target = await world.organisation.addApplication(wiki);
    await world.organisation.publish(rulesWithWiki);
    for (const application of [target, hr]) await world.organisation.run(application);
    await page.getByRole("link", { name: "Future" }).click();
    await page.getByText("Nothing is to come.").waitFor();
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByRole("link", { name: /Wiki: 120 changes wait for approval/ }).click();
    await heading("Plan of Wiki");
    await page.getByText("wiki-all").first().waitFor();
    await expectAccessible(page);
    await page.getByRole("checkbox", { name: "create" }).first().check();
    await button("Reject").last().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Give 1 change up?").waitFor();
    await dialog.getByRole("button", { name: "Reject" }).click();
    await page.getByText("119 changes wait for approval").waitFor();
    await button("Approve").first().click();
    await dialog.getByText("Let 119 changes leave?").waitFor();
    await dialog.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Nothing of this application waits for approval.").waitFor();
    const written = async () => (await readFile(world.filePath("wiki.csv"), "utf8")).trim();
    await expect.poll(async () => (await written()).split("\n").length, { timeout: 20_000 })
      .toBe(people);
  });

  test("a person is found by name, and every value says who won it and what happened", async () => {
    await page.getByRole("link", { name: "Identities" }).click();
    await page.getByLabel("Search by the beginning of the name").fill("Seven");
    await page.getByRole("link", { name: "Seven Family7" }).waitFor();
    await page.waitForURL(/search=Seven/);
    expect(await page.getByRole("row").count()).toBe(2);
    await expectAccessible(page);
    await page.getByRole("link", { name: "Seven Family7" }).click();
    await heading("Seven Family7");
    await page.getByText("made this identity").waitFor();
    await expectAccessible(page);
    await page.getByRole("tab", { name: "Why" }).click();
    await page.getByText("by mapper hr-name-in").waitFor();
    const name = page.getByText("mail", { exact: true });
    const mail = page.locator("dl > div").filter({ has: name }).locator("li");
    expect(await mail.allInnerTexts()).toEqual([
      expect.stringMatching(/won[^]*p7@example.com[^]*hr-mail-in/),
      expect.stringMatching(/lost[^]*p7@example.com[^]*crm-mail-in/),
    ]);
    await expectAccessible(page);
    await page.getByRole("tab", { name: "Timeline" }).click();
    await page.getByText("Given7 Family7 → Seven Family7").first().waitFor();
    await expectAccessible(page);
    await page.goBack();
    expect(await page.getByLabel("Search by the beginning of the name").inputValue()).toBe("Seven");
  });

  test("another language and colours are chosen, and kept", async () => {
    await page.getByLabel("Language").selectOption("de");
    await button("Dunkle Farben").click();
    await page.reload();
    await page.getByRole("heading", { name: "Identitäten" }).waitFor();
    await page.locator('html[lang="de"][data-mantine-color-scheme="dark"]').waitFor();
    await page.getByLabel("Sprache").selectOption("en");
  });

  test("what is not there says so, and a session that has ended leads to the sign-in", async () => {
    await page.goto(`${world.stack.url}/portal/applications/none`);
    await heading("There is nothing here");
    await page.getByRole("button", { name: /^Account of/ }).click();
    await button("Sign out").click();
    await heading("Sign in");
    await page.goto(`${world.stack.url}/portal/`);
    await heading("Sign in");
  });

  test("no script failed, and the policy of the page had nothing to stop", () => {
    expect(complaints).toEqual([]);
  });
});

/** HR with people, of whom most seem to have left, and a CRM in which all have an account. */
async function fill(world: World): Promise<string> {
  const { organisation } = world;
  await world.writeFile("people.csv", peopleFile(people));
  const hr = await organisation.addApplication({ key: "hr", ...hrSettings });
  const target = await organisation.addApplication(crm);
  await organisation.publish(rules);
  for (const application of [target, hr]) {
    expect(await organisation.run(application)).toMatchObject({ state: "finished" });
  }
  await world.writeFile("people.csv", peopleFile(10));
  expect(await organisation.run(hr)).toMatchObject({ state: "held" });
  return hr;
}

function focused(page: Page): Promise<string | null> {
  return page.locator(":focus").textContent();
}
