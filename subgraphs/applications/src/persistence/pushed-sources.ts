import type { AttributePath, ScimResourceType } from "@joinery/scim";
import type { Places } from "./places.js";

/** What an attribute is in SQL: one value, or rows of which one is enough. */
export type Source =
  | { readonly kind: "json" | "text" | "instant" | "id"; readonly value: string }
  | {
      readonly kind: "each";
      readonly from: string;
      readonly where: string;
      readonly inner: Source;
    };

/** Attributes of a whole object, which is `pushed_object o`. */
export function objectSources(
  type: ScimResourceType,
  places: Places,
): (path: AttributePath) => Source {
  return (path) => {
    const { extension, attribute, sub } = path;
    if (extension !== null) {
      return jsonSource(`(o.search -> ${places.at(extension)}::text)`, path, places);
    }
    return keptApart(type, attribute.name, sub?.name ?? "value", places)
      ?? jsonSource("o.search", path, places);
  };
}

/** Parts of one value of a list. */
export function partSources(value: string, places: Places): (path: AttributePath) => Source {
  return (path) => jsonSource(value, path, places);
}

/** Parts of a member, or of a person's group: `x` is the other object. */
export function memberSources({ attribute }: AttributePath): Source {
  return linkSource(attribute.name);
}

function jsonSource(container: string, { attribute, sub }: AttributePath, places: Places): Source {
  const held = `(${container} -> ${places.at(attribute.name)}::text)`;
  const partOf = (value: string) =>
    (sub === null ? value : `(${value} -> ${places.at(sub.name)}::text)`);
  if (!attribute.multiValued) return { kind: "json", value: partOf(held) };
  return {
    kind: "each",
    from: `jsonb_array_elements(case when jsonb_typeof(${held}) = 'array' then ${held}
      else '[]' end) with ordinality as e(v, at)`,
    where: "true",
    inner: { kind: "json", value: partOf("e.v") },
  };
}

/** What lies outside of the resource. */
function keptApart(
  type: ScimResourceType,
  name: string,
  part: string,
  places: Places,
): Source | undefined {
  switch (name) {
    case "id": return { kind: "id", value: "o.id" };
    case "externalId": return { kind: "text", value: "o.external_id" };
    case "schemas": return schemasOf(type, places);
    case "meta": return metaOf(type, part, places);
    case "members": return linked("m.group_id = o.id", "x.id = m.member_id", part);
    case "groups": return linked("m.member_id = o.id", "x.id = m.group_id", part);
    default: return undefined;
  }
}

function metaOf(type: ScimResourceType, part: string, places: Places): Source {
  switch (part) {
    case "created": return { kind: "instant", value: "o.created_at" };
    case "lastModified": return { kind: "instant", value: "o.modified_at" };
    case "version": return { kind: "text", value: `('W/"' || o.version || '"')` };
    // Depends on who asks.
    case "location": return { kind: "text", value: "null" };
    default: return { kind: "text", value: `${places.at(type.name)}::text` };
  }
}

function schemasOf({ schema, extensions }: ScimResourceType, places: Places): Source {
  const used = extensions.map((each) => {
    const urn = `${places.at(each.schema.id)}::text`;
    return `case when o.search -> ${urn} is not null then ${urn} end`;
  });
  const all = [`${places.at(schema.id)}::text`, ...used].join(", ");
  return {
    kind: "each", from: `unnest(array[${all}]) as s(urn)`, where: "true",
    inner: { kind: "text", value: "s.urn" },
  };
}

function linked(row: string, other: string, part: string): Source {
  return {
    kind: "each",
    from: `pushed_member m join pushed_object x on ${other}`,
    where: `${row} and m.present`,
    inner: linkSource(part),
  };
}

function linkSource(part: string): Source {
  switch (part) {
    case "display":
      return {
        kind: "text",
        value: `(x.search ->> case x.kind when 'user' then 'userName' else 'displayName' end)`,
      };
    case "type": return { kind: "text", value: "x.kind" };
    case "$ref": return { kind: "text", value: "null" };
    default: return { kind: "id", value: "x.id" };
  }
}
