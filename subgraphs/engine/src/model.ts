/**
 * The words of the engine: values, schemas, rule sets, and what its decisions return.
 * Everything here is plain data that survives `JSON.parse(JSON.stringify(x))`.
 */

/** Points at an account by its id; symbolic until the target's own anchor is needed at sending. */
export interface Reference {
  readonly ref: string;
  /**
   * A request to the host: `ref` is not an account id yet but the anchor or name of an account of
   * the application that contributes it. Made by inbound `reference` mappers only.
   */
  readonly by?: "anchor" | "name";
  /** The host could not resolve it (yet): planning leaves it out and reports it as pending. */
  readonly unresolved?: boolean;
}

/**
 * One value. `integer` beyond 2^53, `decimal`, `instant` (RFC 3339 UTC), `date` (yyyy-mm-dd) and
 * `binary` (base64) are strings; the attribute's type says which.
 */
export type Scalar = string | number | boolean | Reference;

/** Several values are a set unless the attribute is ordered. No value is the absence of the key. */
export type Value = Scalar | readonly Scalar[];

export type Attributes = Readonly<Record<string, Value>>;

export type AttributeType =
  "string" | "boolean" | "integer" | "decimal" | "instant" | "date" | "binary" | "reference";

export interface AttributeSchema {
  readonly name: string;
  readonly type: AttributeType;
  /** Holds several values. */
  readonly many?: boolean;
  /** Several values keep their order; otherwise they are a set. */
  readonly ordered?: boolean;
  /** Compared without case, as most directory attributes are. */
  readonly caseIgnore?: boolean;
  readonly required?: boolean;
  /** The system sets it; it is read and never written. */
  readonly readOnly?: boolean;
  /**
   * Its value, where it has one, is the account's `name` (an LDAP `dn`, a login): a change of it is
   * a rename.
   */
  readonly naming?: boolean;
}

export const objectKinds = ["user", "group"] as const;
export type ObjectKind = (typeof objectKinds)[number];

/** How a rule set calls an application: lower case letters, digits, hyphens. */
export type ApplicationKey = string;

// ---------------------------------------------------------------------------------- rule set

/**
 * Text functions applied before two joining values are compared, always in this order whatever the
 * order in which a rule lists them.
 */
export const normalisers = ["nfkc", "ascii", "casefold", "digits", "trim"] as const;
export type Normaliser = (typeof normalisers)[number];

/** An account belongs to the identity for which every comparison holds. */
export interface JoiningRule {
  readonly id: string;
  readonly match: readonly Comparison[];
}

export interface Comparison {
  /** An account attribute, `$anchor` or `$name`. */
  readonly account: string;
  readonly identity: string;
  /** `casefold` is implied where the identity attribute is `caseIgnore`. */
  readonly normalise?: readonly Normaliser[];
}

export interface MapperBase {
  /** Unique in the rule set; what `because` and `why` name. */
  readonly id: string;
  readonly to: string;
  /** CEL condition; the mapper yields nothing where it is false. */
  readonly when?: string;
  /**
   * `normal` follows its source; `weak` gives way to any other value; `strong` beats `normal`
   * whatever the precedence.
   */
  readonly strength?: Strength;
}

export const strengths = ["strong", "normal", "weak"] as const;
export type Strength = (typeof strengths)[number];

/** One part of a concatenation: an attribute or fixed text. */
export type Part =
  { readonly from: string; readonly optional?: boolean } | { readonly text: string };

/**
 * `from` names an attribute, or: inbound `$anchor`, `$name`, `$enabled` of the account; outbound
 * `$id` and `$classification` (the classification's id) of the identity.
 */
export type Mapper = MapperBase &
  (
    | { readonly kind: "direct"; readonly from: string }
    | { readonly kind: "constant"; readonly value: Value }
    | {
        readonly kind: "concatenate";
        /** A missing attribute makes the whole empty unless `optional`. */
        readonly parts: readonly Part[];
      }
    | { readonly kind: "expression"; readonly expression: string }
    /**
     * Inbound: the account attribute `from` names another account of the same application by its
     * anchor (or, with `by`, by its name); yields a `Reference`. Outbound: carries the identity's
     * reference attribute `from`, which the host turns into the target's own account.
     */
    | { readonly kind: "reference"; readonly from: string; readonly by?: "anchor" | "name" }
  );

export interface InboundRules {
  /** In priority order: the first rule that finds candidates decides. */
  readonly joins: readonly JoiningRule[];
  readonly mappers: readonly Mapper[];
  /** Lower wins when two applications contribute with equal strength. Default 100. */
  readonly precedence?: number;
}

export interface OutboundRules {
  /** CEL over `identity`: who has an account here. */
  readonly provision: { readonly id: string; readonly when: string };
  /** CEL over `identity`: whose account is enabled; absent: the enabled state is not ours. */
  readonly enabled?: { readonly id: string; readonly when: string };
  /** What becomes of an account whose identity is no longer provisioned. */
  readonly otherwise: "keep" | "disable" | "delete";
  /** With `keep` and `disable`: days until it is deleted, unless somebody comes back. */
  readonly deleteAfterDays?: number;
  readonly mappers: readonly Mapper[];
  /** Group kind only: memberships are ours in whole (`all`) or only those we added (`own`). */
  readonly memberships?: "all" | "own" | "none";
}

export interface ObjectRules {
  readonly inbound?: InboundRules;
  readonly outbound?: OutboundRules;
}

export type ApplicationRules = { readonly [K in ObjectKind]?: ObjectRules };

/** Ordered: the first whose condition holds classifies the object. */
export interface Classification {
  readonly id: string;
  /** What is stored and indexed: 1 to 32767. Objects without classification have 0. */
  readonly code: number;
  readonly kind: ObjectKind;
  readonly when: string;
}

/** A group for each distinct value of `each`, its members the identities that yield the value. */
export interface GroupRule {
  readonly id: string;
  /** CEL over `identity`, yields the group's key (string, list of strings, or empty for none). */
  readonly each: string;
  /** Group attributes from the key: mappers whose only attribute is `key`. */
  readonly mappers: readonly Mapper[];
}

export interface RuleSet {
  readonly format: 1;
  /** The vault's schema. */
  readonly schema: { readonly [K in ObjectKind]?: readonly AttributeSchema[] };
  readonly applications: Readonly<Record<ApplicationKey, ApplicationRules>>;
  readonly classifications?: readonly Classification[];
  readonly groups?: readonly GroupRule[];
}

/** What validation knows of the applications a rule set speaks of. */
export interface ApplicationContext {
  readonly key: ApplicationKey;
  readonly schema: { readonly [K in ObjectKind]?: readonly AttributeSchema[] };
}

export interface Problem {
  /** Stable: `RULE_UNKNOWN_ATTRIBUTE`, `RULE_DUPLICATE_ID`, `RULE_EXPRESSION_INVALID`, … */
  readonly code: string;
  /** JSON pointer into the rule set (RFC 6901). */
  readonly path: string;
  /** A sentence that says what is wrong and what would be right. */
  readonly message: string;
}

// ------------------------------------------------------------------------------- engine's input

export interface AccountState {
  readonly id: string;
  readonly application: ApplicationKey;
  readonly kind: ObjectKind;
  readonly anchor: string;
  /** The changeable identifier (a DN, a login); may equal the anchor. */
  readonly name: string;
  readonly attributes: Attributes;
  /** Absent where the application has no such state. */
  readonly enabled?: boolean;
}

export interface IdentityState {
  readonly id: string;
  readonly kind: ObjectKind;
  readonly attributes: Attributes;
  readonly classification: number;
}

// ------------------------------------------------------------------------------ engine's output

/** What an account or identity offers for finding the other: equal keys are a match. */
export interface Key {
  /** Same number for the same pair of identity attributes and normalisers, across applications. */
  readonly definition: number;
  /** Normalised text, unambiguous for several parts. */
  readonly text: string;
}

export interface JoinKey extends Key {
  /** The joining rule that made it. */
  readonly rule: string;
}

/** An identity that has one of an account's joining keys. */
export interface Candidate {
  readonly identity: string;
  /** Another account of the same application and kind is joined to it already. */
  readonly taken: boolean;
}

export type Situation = "joined" | "unjoined" | "unmatched" | "disputed";

export type Correlation =
  | { readonly situation: "unjoined"; readonly identity: string; readonly rule: string }
  | { readonly situation: "unmatched" }
  | {
      readonly situation: "disputed";
      readonly rule: string;
      readonly candidates: readonly string[];
    };

/** One application's (or rule's, or hand's) wish for one attribute. */
export interface Contribution {
  readonly attribute: string;
  readonly value: Value;
  readonly origin: Origin;
}

export interface Origin {
  readonly kind: "application" | "rule" | "manual" | "generated";
  /** Application key, rule id, or who edited by hand. */
  readonly source: string;
  /** The account for `application`. */
  readonly account?: string;
  /** Mapper id where a mapper made the value. */
  readonly mapper?: string;
  readonly strength: Strength;
  readonly precedence: number;
}

export interface Folded {
  readonly attributes: Attributes;
  /** Who won, per attribute. */
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface MappedAccount {
  readonly contributions: readonly Contribution[];
  /** Mappers that failed, with the reason; the object is parked, never half-mapped. */
  readonly failures: readonly MapperFailure[];
  readonly nextDueAt: string | null;
}

/** One element of a rule set that could not be computed for one object. */
export interface MapperFailure {
  /** Id of the mapper or rule. */
  readonly mapper: string;
  /** Stable, one of `failureCodes`. */
  readonly code: FailureCode;
  /** Never carries a value. */
  readonly message: string;
}

export const failureCodes = [
  /** A value cannot be what its attribute's type asks for. */
  "VALUE_INVALID",
  /** Several values for an attribute that holds one. */
  "VALUE_NOT_SINGLE",
  /** Nothing for an attribute that the application cannot do without. */
  "VALUE_MISSING",
  /** Longer than any attribute may be. */
  "VALUE_TOO_LARGE",
  /** An operation met a value of a type that it cannot work with. */
  "EXPRESSION_TYPE",
  /** Not a number, date or truth value where a conversion asked for one; division by zero. */
  "EXPRESSION_VALUE",
  /** More steps, text or list elements than one evaluation may use. */
  "EXPRESSION_LIMIT",
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** What an account should be. `null` attributes are ours and must have no value. */
export interface Desired {
  readonly provisioned: boolean;
  readonly enabled: boolean | null;
  readonly attributes: Readonly<Record<string, Value | null>>;
  /** Attributes whose value is only a first value: one that the account has already stands. */
  readonly weak: readonly string[];
  /** Attributes that another `number` may make otherwise. */
  readonly numbered: readonly string[];
  /**
   * Mapper id per attribute (for `null` the first of its mappers); plus the ids of the provision
   * and enabled rules under `$provision`, `$enabled`.
   */
  readonly because: Readonly<Record<string, string>>;
  readonly otherwise: "keep" | "disable" | "delete";
  /**
   * Days after which an account is deleted that is not provisioned any more, by the rule or because
   * its identity is gone. The host counts.
   */
  readonly deleteAfterDays?: number;
  readonly failures: readonly MapperFailure[];
  readonly nextDueAt: string | null;
}

export const guardClasses = [
  "create",
  "update",
  "delete",
  "disable",
  "membershipRemoval",
  "blanking",
  "rename",
  "rejoin",
] as const;
export type GuardClass = (typeof guardClasses)[number];

/**
 * One planned change of one account. Attribute values are before → after, `null` for no value;
 * `$enabled` stands for the enabled state.
 */
export interface PlannedItem {
  readonly operation: "create" | "update" | "delete";
  readonly before: Readonly<Record<string, Value | null>>;
  readonly after: Readonly<Record<string, Value | null>>;
  readonly because: readonly string[];
  readonly classes: readonly GuardClass[];
}

export interface Classified {
  /** 0 for an object without classification. */
  readonly code: number;
  readonly id: string | null;
  readonly failures: readonly MapperFailure[];
  readonly nextDueAt: string | null;
}

export interface WantedGroups {
  readonly groups: readonly WantedGroup[];
  readonly failures: readonly MapperFailure[];
  readonly nextDueAt: string | null;
}

/** A group that a group rule wants for an identity. */
export interface WantedGroup {
  readonly rule: string;
  readonly key: string;
}
