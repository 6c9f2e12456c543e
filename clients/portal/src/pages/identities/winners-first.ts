import type { IdentityWhyQuery } from "@joinery/sdk";

type Wish = NonNullable<IdentityWhyQuery["identity"]>["why"][number]["wishes"][number];

/** Who won, then the others as they would come next. */
export function winnersFirst(wishes: readonly Wish[]): readonly Wish[] {
  return wishes.toSorted((a, b) => Number(b.won) - Number(a.won) || a.precedence - b.precedence);
}
