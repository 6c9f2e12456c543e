import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type Browser, type Page } from "playwright-core";
import { expect } from "vitest";

const executablePath = "/usr/bin/chromium";

/** Why there is no browser, for the name of what is skipped; undefined where there is one. */
export function browserMissing(): string | undefined {
  return existsSync(executablePath) ? undefined : "chromium is not installed";
}

/** A browser without a window, in which nobody has signed in. */
export function startBrowser(): Promise<Browser> {
  // Tests run as root on bare machines, where Chromium's own sandbox cannot.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** What a page complains of: errors of scripts, and what its policy did not let run. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => void complaints.push(error.message));
  page.on("console", (message) => {
    // That an answer was a refusal is said by the browser too.
    const isRefusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRefusal) complaints.push(message.text());
  });
  return complaints;
}

/** Looks at the page as axe does: at everything in light, then at contrast once more in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  const inLight = new AxeBuilder({ page });
  const inDark = new AxeBuilder({ page }).withRules(["color-contrast", "link-in-text-block"]);
  for (const [colorScheme, axe] of [["dark", inDark], ["light", inLight]] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await axe.analyze();
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")}: ${failureSummary}`));
    expect(found, `${colorScheme} ${page.url()}`).toEqual([]);
  }
}
