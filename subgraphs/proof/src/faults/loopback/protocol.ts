import type {
  ConnectorChange, ConnectorErrorCode, ConnectorMember, ConnectorObject, ConnectorSchema,
  ConnectorValue, ObjectKind,
} from "@joinery/connectors";

/** What the loopback system understands: one operation of one write, each with its item's id. */
export type Operation =
  | {
      readonly operation: "create";
      readonly id: string;
      readonly kind: ObjectKind;
      readonly attributes: Readonly<Record<string, ConnectorValue>>;
      readonly enabled?: boolean;
    }
  | {
      readonly operation: "update";
      readonly id: string;
      readonly anchor: string;
      readonly changes: Readonly<Record<string, ConnectorChange>>;
      readonly enabled?: boolean;
    }
  | { readonly operation: "delete"; readonly id: string; readonly anchor: string }
  | {
      readonly operation: "members";
      readonly id: string;
      readonly anchor: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    };

export type Answer =
  | { readonly ok: true; readonly object?: ConnectorObject; readonly already: boolean }
  | { readonly ok: false; readonly code: ConnectorErrorCode };

/** One operation that changed something, as the system itself saw it. */
export interface Effect {
  readonly at: number;
  readonly id: string;
  readonly operation: Operation["operation"];
  readonly kind: ObjectKind;
  readonly anchor: string;
  readonly name: string;
  /** What was really written: attributes with their new values, `$enabled`, `add`, `remove`. */
  readonly written: Readonly<Record<string, unknown>>;
}

/** What it answers to a reader, all at once: it is a small system. */
export interface Contents {
  readonly schema: ConnectorSchema;
  readonly objects: readonly ConnectorObject[];
  readonly members: readonly ConnectorMember[];
}
