export const json = { "content-type": "application/json" };
/** So many people, one as the other. */
export const people = (count: number): readonly object[] => Array.from({ length: count }, (_, at) =>
  ({ id: `p${at}`, login: `user${at}` }));

/** One of each kind of paging. */
export const pagings = {
  none: { kind: "none" },
  page: { kind: "page", parameter: "page", sizeParameter: "size", size: 10 },
  offset: { kind: "offset", size: 10 },
  cursor: { kind: "cursor", parameter: "cursor", next: "next", more: "more" },
  nextLink: { kind: "nextLink", next: "next" },
  linkHeader: { kind: "linkHeader" },
} as const;
export type PagingName = keyof typeof pagings;

/** Settings for a server with one list of people. */
export function settingsFor(url: string, paging: PagingName, list: object = {}): object {
  return {
    url, allowPlain: true, authentication: { kind: "none" }, timeouts: { answerMs: 500 },
    retries: { max: 1, waitMsMax: 400 },
    users: {
      list: { path: "/people", items: "/data", paging: pagings[paging], ...list },
      anchor: "id", name: "login", attributes: { login: { path: "login" } },
    },
  };
}
