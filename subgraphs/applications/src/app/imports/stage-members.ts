import { hash } from "node:crypto";
import type { ConnectorMember } from "@joinery/connectors";
import { isKeepable, isTooLong } from "../../domain/content.js";
import { nameKey } from "../../domain/name-key.js";
import { firstMember } from "../../domain/stage-order.js";
import type { Place, StagedMember } from "../import-ports.js";
import type { Deps, Tx } from "../ports.js";
import type { ReadTally } from "./read-tally.js";

/** Stages the memberships that we do not hold. One statement a chunk, two where there are some. */
export async function stageMembers(
  deps: Deps,
  tx: Tx,
  place: Place,
  given: readonly ConnectorMember[],
  tally: ReadTally,
): Promise<void> {
  const unkept = new Set<string>();
  const members = given.filter(({ group, member }) => {
    if (isKeepable(member) && isKeepable(group) && !isTooLong(member)) return true;
    unkept.add(group);
    tally.pass(group, "VALUE_INVALID", "a member's name cannot be kept");
    return false;
  });
  tally.membersRead += given.length;
  const codes = await deps.imports.compareMembers(tx, place,
    members.map(({ group }) => group), members.map(({ member }) => member));
  const rows: StagedMember[] = [];
  for (const [at, { group, member }] of members.entries()) {
    const code = codes[at] as number;
    if (code > 0) tally.members.add(code);
    else if (code === 0) {
      tally.lastMember += 1;
      rows.push({
        ordinal: firstMember + tally.lastMember, group, member, memberKey: nameKey(member),
        digest: hash("sha256", `member ${group.length} ${group}${member}`, "hex"),
      });
    }
  }
  if (rows.length > 0) await deps.imports.stageMembers(tx, place.runId, rows);
  if (unkept.size > 0) {
    tally.protect(await deps.imports.numbersOf(tx, place.applicationId, [...unkept]));
  }
}
