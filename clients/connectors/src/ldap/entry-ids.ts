import { equal, or, type LdapFilter } from "./filter.js";
import { valuesOf, type RawEntry } from "./messages.js";
import { guidBytes, guidText } from "./windows-values.js";

/** The attribute by which a server knows all its entries, whatever they are and are called. */
export interface EntryIds {
  readonly attribute: string;
  /** The id as text, undefined where it cannot be read. */
  of(entry: RawEntry): string | undefined;
  bytes(id: string): Buffer | undefined;
}

export const guidIds: EntryIds = {
  attribute: "objectGUID",
  of: (entry) => {
    const [bytes] = valuesOf(entry, "objectGUID") ?? [];
    return bytes === undefined ? undefined : guidText(bytes);
  },
  bytes: guidBytes,
};

/** Ids that are kept as text. */
export function textIds(attribute: string): EntryIds {
  return {
    attribute,
    of: (entry) => {
      const text = valuesOf(entry, attribute)?.[0]?.toString("utf8");
      return text === "" ? undefined : text;
    },
    bytes: (id) => Buffer.from(id),
  };
}

/** Finds entries by their ids. */
export function withIds(ids: EntryIds, some: readonly string[]): LdapFilter {
  return or(...some.map((id) => equal(ids.attribute, ids.bytes(id) ?? Buffer.alloc(0))));
}
