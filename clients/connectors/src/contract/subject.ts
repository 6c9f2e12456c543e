import type {
  Connector,
  ConnectorAttributes,
  ConnectorErrorCode,
  ConnectorErrorKind,
  ObjectKind,
} from "../connector.js";

/** A connector to a system that the suite may do with as it likes, and a way to others. */
export interface ContractSubject {
  readonly connector: Connector;
  /** A connector of its own to the same system. The suite closes it. */
  reconnect(): Promise<Connector>;
  /** Ends the system too. */
  close(): Promise<void>;
}

/** A configuration that must fail, and how. */
export interface ContractMisfit {
  readonly name: string;
  readonly connect: () => Promise<Connector>;
  readonly kind: ConnectorErrorKind;
  readonly code: ConnectorErrorCode;
}

/** What the suite must know of a connector to put it to the test. */
export interface ContractOptions {
  readonly name: string;
  /** Starts with a system that holds nobody, or few. */
  open(): Promise<ContractSubject>;
  /** Attributes that the n-th new object needs, its name among them; other numbers, other names. */
  attributesOf(kind: ObjectKind, number: number): ConnectorAttributes;
  /** Kinds that can be written; groups have members. */
  readonly kinds: readonly ObjectKind[];
  /** A text attribute of people that is not required and not the name. */
  readonly text: string;
  /** An attribute of people that takes several texts. */
  readonly many?: string;
  /** An attribute of people that takes bytes as base64. */
  readonly binary?: string;
  /** Whether the system knows people who are there and may not sign in. */
  readonly hasState: boolean;
  /** Whether the system tells what changed. */
  readonly hasChanges?: boolean;
  /** Whether what it tells includes who is gone; absent: it does. */
  readonly reportsDeletions?: boolean;
  /** Whether the system tells that something changed; it then also tells what. */
  readonly listens?: boolean;
  /** Makes tokens worthless, as a restored backup of the system would. */
  readonly forgets?: () => void | Promise<void>;
  /** Initial password of new people, where the system demands one. */
  readonly password?: string;
  /** Members as the system writes them; default the object's name. */
  readonly memberOf?: (object: { readonly anchor: string; readonly name: string }) => string;
  /** Texts that the system keeps as they are; default a hard collection. */
  readonly texts?: readonly string[];
  readonly misfits?: readonly ContractMisfit[];
  /** A reason to skip everything here, such as a server that is not installed. */
  readonly skip?: string | undefined;
}

/** Texts that get lost, cut, run or changed where care is missing. */
export const hardTexts: readonly string[] = [
  "plain",
  "Zoë Œuvré-Łukasz",
  "名前 なまえ",
  "שלום עולם",
  "👩‍👩‍👧‍👦 family",
  "e\u0301 is not \u00e9",
  "\ufeffmark first",
  "a,b;c\td|e",
  "\"quoted\" 'too'",
  "back\\slash \\2a \\",
  "line\nfeed",
  "return\r\nfeed",
  "(*)(uid=*))(|(uid=*",
  'cn=x,dc=y+ou="z"#<>',
  "=cmd|' /C calc'!A0",
  "+1",
  "-1",
  "@sum(1)",
  "%00 %n ${x} {{y}} <b>&amp;",
  "'; drop table accounts; --",
  " spaces around ",
  "x".repeat(20_000),
];
