import type { AttributeWhy as Explained } from "../app/explain-identity.js";
import type { IdentityView, JoinView } from "../domain/views.js";
import { AttributeWhy, Identity, Join } from "./types.js";

export function toIdentity(row: IdentityView): Identity {
  const { id, kind, label, attributes, classification, revision, state, updatedAt } = row;
  return Object.assign(new Identity(), {
    id, kind, label, attributes, classification, revision, state, updatedAt,
  });
}

export function toJoin(row: JoinView): Join {
  const { identityId: _identityId, failure, ...rest } = row;
  return Object.assign(new Join(), {
    ...rest,
    failureCode: failure?.code ?? null,
    failureMapper: failure?.mapper ?? null,
  });
}

export function toWhy(why: Explained): AttributeWhy {
  return Object.assign(new AttributeWhy(), {
    attribute: why.attribute,
    value: why.value,
    wishes: why.wishes.map(({ value, origin, won }) => ({
      value,
      won,
      kind: origin.kind,
      source: origin.source,
      accountId: origin.account ?? null,
      mapper: origin.mapper ?? null,
      precedence: origin.precedence,
      strength: origin.strength,
    })),
  });
}
