/**
 * What is to be known of a server beyond what it says of itself. Everything has a default from
 * discovery or from the RFCs; a record of a well-known server says only what differs.
 */
export interface ScimDialect {
  /** Where these facts are from, and what else is to be known. */
  readonly source: string;
  /** False where the server is not asked what it is: it has the RFCs' schema and the settings'. */
  readonly describesItself?: boolean;
  /** Which comparisons a filter may have: all, `eq` alone, or there are no filters. */
  readonly filters?: "all" | "eq" | "none";
  /** How updates travel. */
  readonly updates?: "patch" | "put";
  /** How `add`, `replace` and `remove` are spelled: some servers know `Replace` alone. */
  readonly operations?: "lower" | "capital";
  /** How `true` and `false` are written: some servers know the words alone. */
  readonly booleans?: "json" | "words";
  /** How one member is removed: by a filter in the path (RFC 7644 §3.5.2.2), or by a value. */
  readonly memberRemoval?: "filter" | "value";
  readonly membersPerPatch?: number;
  /**
   * True where members are written without a look at who is in, so that a change costs the same in
   * any group; what is so already is then not told as such (RFC 7644 §3.5.2.1 takes it well).
   */
  readonly membersUnseen?: boolean;
  /** False where groups are shown without their members. */
  readonly showsMembers?: boolean;
  /**
   * True where filters tell who is in: `members.value eq` lists the groups of one who is read, and
   * `id eq … and members eq …` says of one whether he is in one group.
   */
  readonly memberFilters?: boolean;
  readonly paging?: "index" | "cursor";
  /** False where a page cannot begin with the last one of the page before. */
  readonly pageOverlap?: boolean;
  readonly pageSizeMax?: number;
  /** False where every change is sent alone, though the server says that it takes several. */
  readonly bulk?: boolean;
  /** Whether changes are sent with `If-Match`. */
  readonly versions?: boolean;
  /** Whether `userName` is compared with its case. */
  readonly userNameCase?: "ignore" | "exact";
  /** Whether two people cannot have one `userName` (RFC 7643 §4.1.1). */
  readonly uniqueNames?: boolean;
}

/** Facts from the makers' own documentation, as it was in 2026. */
export const scimDialects = {
  rfc: { source: "RFC 7643, RFC 7644, RFC 9865 and what the server says of itself" },
  "aws-identity-center": {
    source: "IAM Identity Center SCIM Implementation Developer Guide: Limitations, ListGroups, "
      + "PatchGroup. Groups are shown without members, filters tell who is in; 100 changes of "
      + "members in a request, never all of them; one e-mail, telephone number and address.",
    filters: "eq",
    updates: "patch",
    memberRemoval: "value",
    membersPerPatch: 100,
    showsMembers: false,
    memberFilters: true,
    pageSizeMax: 100,
    paging: "cursor",
  },
  "hcp-terraform": {
    source: "HCP Terraform API docs, SCIM Users: filters userName eq and externalId eq, count "
      + "up to 200, userName without regard to case",
    filters: "eq",
    pageSizeMax: 200,
    userNameCase: "ignore",
  },
  "mirantis-mke": {
    source: "Mirantis Kubernetes Engine, Supported SCIM API endpoints: filter userName eq alone, "
      + "index paging",
    filters: "eq",
    paging: "index",
  },
  slack: {
    source: "Slack changelog of 2019-06, SCIM pagination: count up to 1,000; SCIM API rate "
      + "limits: 429 with Retry-After",
    pageSizeMax: 1_000,
  },
  snowflake: {
    source: "Snowflake behaviour change bundle 2026_03, BCR-2276: filters eq and sw. Before it, a "
      + "list without filter is one made-up user: read only accounts that have the change.",
    filters: "eq",
    paging: "index",
  },
} as const satisfies Record<string, ScimDialect>;

export type ScimDialectName = keyof typeof scimDialects;
export const scimDialectNames = Object.keys(scimDialects) as readonly ScimDialectName[];
