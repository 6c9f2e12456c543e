import type { AuditEntryDetailsFragment } from "@joinery/sdk";
import { printable } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { shownTime, shownValue } from "../output/words.js";
import type { Names } from "../names.js";

/** What happened, each entry with its changed values below it. */
export function auditLines(
  entries: readonly AuditEntryDetailsFragment[],
  names: Names,
  style: Style,
): readonly string[] {
  return entries.flatMap((entry) => [headLine(entry, names, style), ...changeLines(entry, style)]);
}

function headLine(
  entry: AuditEntryDetailsFragment,
  { application, operator }: Names,
  style: Style,
): string {
  const { at, operation, objectKind, objectId, applicationId, runId, because } = entry;
  return [
    style.dim(shownTime(at)),
    style.bold(printable(operation)),
    `${printable(objectKind)} ${printable(objectId)}`,
    ...(applicationId ? [`in ${printable(application(applicationId))}`] : []),
    style.dim(`by ${printable(entry.actorKind)} ${printable(operator(entry.actorId))}`),
    ...(runId ? [style.dim(`run ${runId}`)] : []),
    ...(because.length > 0 ? [style.dim(`because ${printable(because.join(" "))}`)] : []),
  ].join("  ");
}

/** `  mail: a@example.com → b@example.com`, one attribute a line. */
export function changeLines(
  { before, after }: Pick<AuditEntryDetailsFragment, "before" | "after">,
  style: Style,
): readonly string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].sort().flatMap((name) => {
    const [was, is] = [shownValue(before?.[name]), shownValue(after?.[name])];
    if (was === is) return [];
    const change = was === "–" ? style.good(is) : `${was} → ${is === "–" ? style.bad(is) : is}`;
    return [`    ${printable(name)}: ${change}`];
  });
}
