import { Directive, Field, Int, ObjectType } from "type-graphql";
import { JoineryError } from "../errors.js";

export const pageSizeMax = 500;

@Directive("@shareable")
@ObjectType({ description: "Where a page ends and whether another follows." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more follows after `endCursor`." })
  hasNextPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Give it as `after`; null on an empty page.",
  })
  endCursor!: string | null;
}

/** `first` within 1 … 500; throws PAGE_SIZE_INVALID. */
export function pageSize(first: number): number {
  if (!Number.isInteger(first) || first < 1 || first > pageSizeMax) {
    throw new JoineryError("PAGE_SIZE_INVALID", `first must be between 1 and ${pageSizeMax}`);
  }
  return first;
}

/** A keyset position as an opaque text. */
export function toCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** Throws CURSOR_INVALID for anything that `toCursor` with as many parts did not make. */
export function fromCursor(cursor: string, parts: number): (string | number)[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (
      Array.isArray(position) && position.length === parts &&
      position.every((part) => typeof part === "string" || typeof part === "number")
    ) {
      return position as (string | number)[];
    }
  } catch {
    // Falls through to the refusal: what does not parse is no cursor of ours.
  }
  throw new JoineryError("CURSOR_INVALID", "this cursor was not given out by this list");
}

/** Cuts one row too many off `rows` (read with `limit first + 1`) and says where the page ends. */
export function toPage<Row>(
  rows: readonly Row[],
  first: number,
  positionOf: (row: Row) => readonly (string | number)[],
): { nodes: Row[]; pageInfo: PageInfo } {
  const nodes = rows.slice(0, first);
  const last = nodes.at(-1);
  const pageInfo = Object.assign(new PageInfo(), {
    hasNextPage: rows.length > first,
    endCursor: last === undefined ? null : toCursor(positionOf(last)),
  });
  return { nodes, pageInfo };
}

export const firstArgument = {
  defaultValue: 50,
  description: `How many at most, up to ${pageSizeMax}.`,
} as const;

export const intType = () => Int;
