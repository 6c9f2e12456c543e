/** Detail error keywords of RFC 7644 §3.12 and RFC 9865 §2.1. */
export const scimTypes = [
  "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath",
  "noTarget", "invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor",
  "invalidCount",
] as const;
export type ScimType = (typeof scimTypes)[number];

/**
 * A request that is refused, with its HTTP status. The detail names attributes of the schema and
 * places in the request, never a value that was submitted.
 */
export class ScimError extends Error {
  readonly status: number;
  readonly scimType: ScimType | undefined;

  constructor(status: number, detail: string, scimType?: ScimType) {
    super(detail);
    this.name = "ScimError";
    this.status = status;
    this.scimType = scimType;
  }
}

/** 400 with its keyword: what most refusals are. */
export function badRequest(scimType: ScimType, detail: string): ScimError {
  return new ScimError(400, detail, scimType);
}

export interface ErrorBody {
  readonly schemas: readonly string[];
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

export const errorUrn = "urn:ietf:params:scim:api:messages:2.0:Error";

/** RFC 7644 §3.12: `status` is a string. */
export function errorBody({ status, message, scimType }: ScimError): ErrorBody {
  return {
    schemas: [errorUrn],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: message,
  };
}
