import { Visitor, type Node } from "oxc-parser";
import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

const home = "events/src/subjects.ts";
const owners = "applications|vault|rules|crypto|audit|notify";
const channel = "pulse|batch";

/** `vault.identity.changed.batch.…`, with or without wildcards, and the control subjects. */
const subject = new RegExp(
  `^((${owners}|\\*)\\.[a-z*-]+\\.[a-z*-]+\\.(${channel}|\\*)\\.|joinery\\.(confirm|snapshot)\\.)`,
);

/** Names of subjects are built and parsed in one file; a test may spell one out. */
export function subjects(house: House): readonly Violation[] {
  return house.sources.flatMap((source) => {
    if (source.path === home || source.isTest || source.path.startsWith("tidy/")) return [];
    const found: Violation[] = [];
    const look = (node: Node, text: string) => {
      if (!subject.test(text)) return;
      const line = source.lineAt(node.start);
      const message = `build subjects in ${home}`;
      found.push({ rule: "subjects", path: source.path, line, message });
    };
    new Visitor({
      Literal: (node) => {
        if (typeof node.value === "string") look(node, node.value);
      },
      TemplateLiteral: (node) => look(node, node.quasis.map((part) => part.value.raw).join("*")),
    }).visit(source.program);
    return found;
  });
}
