import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Whole installations, then services; each takes up to a minute. */
const long = [
  /\/proof\/src\/faults\//, /\/gateway\/src\/launch\//, /\/proof\/src\//, /\/events\/src\/relay\//,
  /\/gateway\/src\//, /\/applications\/src\/app\//, /\/kit\/src\/services\//,
];

/**
 * Files that take long begin first, so that none of them is left alone at the end while the other
 * cores have nothing to do. Within a place the order stays vitest's own.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = long.findIndex((each) => each.test(moduleId));
  return place === -1 ? long.length : place;
}
