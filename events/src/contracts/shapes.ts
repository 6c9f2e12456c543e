import { Type, type Static } from "typebox";

/** Shapes that several contracts share. Attribute values are those of the engine's model. */
export const id = Type.String({ minLength: 1, maxLength: 128 });
export const count = Type.Integer({ minimum: 0 });
export const kind = Type.Union([Type.Literal("user"), Type.Literal("group")]);

const scalar = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Object({ ref: Type.String() }),
]);
export const value = Type.Union([scalar, Type.Array(scalar)]);
export const attributes = Type.Record(Type.String(), value);
/** Values before a change: `null` where there was none. */
export const before = Type.Record(Type.String(), Type.Union([value, Type.Null()]));

export const attributeSchema = Type.Object({
  name: Type.String(),
  type: Type.Union([
    Type.Literal("string"),
    Type.Literal("boolean"),
    Type.Literal("integer"),
    Type.Literal("decimal"),
    Type.Literal("instant"),
    Type.Literal("date"),
    Type.Literal("binary"),
    Type.Literal("reference"),
  ]),
  many: Type.Optional(Type.Boolean()),
  ordered: Type.Optional(Type.Boolean()),
  caseIgnore: Type.Optional(Type.Boolean()),
  required: Type.Optional(Type.Boolean()),
  readOnly: Type.Optional(Type.Boolean()),
  naming: Type.Optional(Type.Boolean()),
});

/**
 * Objects by the first byte of their id: how many there are, and 64 bits in hex over ids and
 * content. Buckets with nobody in them are left out.
 */
export const buckets = Type.Array(
  Type.Object({
    bucket: Type.Integer({ minimum: 0, maximum: 255 }),
    count,
    digest: Type.String({ maxLength: 64 }),
  }),
  { maxItems: 256 },
);
export type Buckets = Static<typeof buckets>;

export const counts = Type.Record(Type.String(), count);

/** Limits of an application by class, where they are others than the defaults. */
export const limits = Type.Record(
  Type.String(),
  Type.Partial(
    Type.Object({
      least: Type.Number(),
      most: Type.Number(),
      sharePercent: Type.Number(),
      halfPercent: Type.Number(),
    }),
  ),
);

/** One limit of the guard that a wave went over. */
export const breach = Type.Object({
  applicationId: id,
  class: Type.String(),
  n: count,
  limit: count,
  population: count,
  rule: Type.String(),
});
export type Breach = Static<typeof breach>;

/** What a person or service did that changed something or was refused; never with secrets. */
export const action = Type.Object({
  action: Type.String(),
  target: Type.Object({ kind: Type.String(), id }),
  outcome: Type.Union([Type.Literal("done"), Type.Literal("refused")]),
  code: Type.Optional(Type.String()),
  before: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  after: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
