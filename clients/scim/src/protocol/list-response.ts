import type { JsonObject } from "../json.js";

export const listUrn = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/** A page, and how it goes on. */
export interface Page {
  readonly total: number;
  readonly resources: readonly JsonObject[];
  /** Of index paging. */
  readonly startIndex?: number;
  /** Of cursor paging, where a page follows. */
  readonly nextCursor?: string;
}

/** RFC 7644 §3.4.2, RFC 9865 §2. */
export function listResponse({ total, resources, startIndex, nextCursor }: Page): JsonObject {
  return {
    schemas: [listUrn],
    totalResults: total,
    itemsPerPage: resources.length,
    ...(startIndex === undefined ? {} : { startIndex }),
    ...(nextCursor === undefined ? {} : { nextCursor }),
    Resources: resources,
  };
}
