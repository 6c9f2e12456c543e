import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

// Written apart, so that this file does not find itself.
const words = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "X" + "XX"];
const markers = new RegExp(`\\b(${words.join("|")})\\b`);
const suppression =
  /(?:eslint|oxlint)-disable(?:-next-line|-line)?|@ts-(?:ignore|expect-error|nocheck)/;

/** No leftover markers; a suppression says why on its own line; code is not kept in comments. */
export function comments(house: House): readonly Violation[] {
  return house.sources.flatMap((source) =>
    source.comments.flatMap((comment) => {
      const line = source.lineAt(comment.start);
      const at = (message: string) => [{ rule: "comments", path: source.path, line, message }];
      const marker = markers.exec(comment.value)?.[1];
      if (marker) return at(`leftover marker ${marker}`);
      if (/@ts-(ignore|nocheck)\b/.test(comment.value)) return at("@ts-expect-error says more");
      const used = suppression.exec(comment.value);
      if (!used) return [];
      if (!reasonOf(comment.value.slice(used.index + used[0].length))) {
        return at(`${used[0]} without a reason on the same line (-- why)`);
      }
      return [];
    }),
  );
}

/** What follows two hyphens or a colon. */
function reasonOf(rest: string): string | undefined {
  return /(?:--|:)\s*(\S.{9,})/.exec(rest)?.[1];
}
