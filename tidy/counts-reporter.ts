import type { Reporter, TestModule } from "vitest/node";

/** How a test run ended, in numbers. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The closing line that `.ci/run` repeats: it stands alone and has no colours. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Prints the closing line after everything else; listed last among the reporters. */
export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    console.log(`\n${closingLine(countsOf(modules, unhandled.length))}`);
  }
}

/**
 * A file that could not be loaded, a failed hook of a suite and an error outside any test have no
 * test of their own to fail, and count as one failure each.
 */
function countsOf(modules: readonly TestModule[], unhandled: number): Counts {
  let passed = 0;
  let failed = unhandled;
  let skipped = 0;
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed += 1;
      else if (state === "failed") failed += 1;
      else skipped += 1;
    }
  }
  return { passed, failed, skipped };
}
