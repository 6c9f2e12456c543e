import type { RuleSet } from "@joinery/engine";
import { peopleFile } from "../cli/company.js";
import type { World } from "../support/world.js";

/** HR's file of so many people, and a CRM whose file is made; both connected, rules published. */
export async function connectHrAndCrm(
  world: World,
  people: number,
  ruleSet: RuleSet,
): Promise<{ readonly hr: string; readonly crm: string }> {
  const { organisation } = world;
  await world.writeFile("people.csv", peopleFile(people));
  const hr = await organisation.addApplication({
    key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"],
    configuration: { path: "people.csv", anchor: "number" },
  });
  const crm = await organisation.addApplication({
    key: "crm", name: "CRM", connector: "csv",
    configuration: {
      path: "crm.csv", anchor: "number", mayBeEmpty: true, createWhenMissing: true,
      columns: [{ name: "number" }, { name: "name" }, { name: "mail" }],
    },
  });
  await organisation.publish(ruleSet);
  for (const id of [crm, hr]) {
    const { state } = await organisation.run(id);
    if (state !== "finished") throw new Error(`a first run is ${state}`);
  }
  return { hr, crm };
}
