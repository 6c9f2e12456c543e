import type { RuleSet } from "@joinery/engine";
import type { World } from "../support/world.js";

/** Two files: HR, which says who there is, and a wiki that follows the rules. */
export interface HrAndWiki {
  /** Content of HR's file, with a column `number`. */
  readonly hr: string;
  /** First line of the wiki's file, with a column `login`. */
  readonly wikiHeader: string;
  readonly ruleSet: RuleSet;
}

/** Connects both, publishes, and reads the wiki once. Answers the id of HR, which has not run. */
export async function connectHrAndWiki(world: World, given: HrAndWiki): Promise<string> {
  const { organisation } = world;
  await world.writeFile("hr.csv", given.hr);
  await world.writeFile("wiki.csv", `${given.wikiHeader}\n`);
  const hr = await organisation.addApplication({
    key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"],
    configuration: { path: "hr.csv", anchor: "number" },
  });
  const wiki = await organisation.addApplication({
    key: "wiki", name: "Wiki", connector: "csv",
    configuration: { path: "wiki.csv", anchor: "login", mayBeEmpty: true },
  });
  await organisation.publish(given.ruleSet);
  const { state } = await organisation.run(wiki);
  if (state !== "finished") throw new Error(`the wiki's first run is ${state}`);
  return hr;
}
