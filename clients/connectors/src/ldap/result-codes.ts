import type { ConnectorErrorCode, ConnectorErrorKind } from "../connector.js";

/** What a server's answer means for the caller. */
export interface Meaning {
  readonly kind: ConnectorErrorKind;
  readonly code: ConnectorErrorCode;
}

/** What was asked of the server: the same number means something else on each. */
export type LdapTask = "signIn" | "read" | "write";

type Row = readonly [name: string, signIn: Meaning, read: Meaning, write: Meaning];

const retry = (code: ConnectorErrorCode): Meaning => ({ kind: "retry", code });
const skip = (code: ConnectorErrorCode): Meaning => ({ kind: "skip", code });
const stop = (code: ConnectorErrorCode): Meaning => ({ kind: "stop", code });
const all = (name: string, meaning: Meaning): Row => [name, meaning, meaning, meaning];

const misconfigured = stop("MISCONFIGURED");
const rejected = stop("CREDENTIALS_REJECTED");
const overLimit = stop("LIMIT_EXCEEDED");
const refused = skip("PERMISSION_DENIED");
const invalid = skip("VALUE_INVALID");

/** Result codes of RFC 4511 appendix A, 122 of RFC 4528 and 4096 of RFC 4533. */
const meanings: ReadonlyMap<number, Row> = new Map<number, Row>([
  [1, all("operationsError", retry("CONNECTOR_BUSY"))],
  [2, all("protocolError", misconfigured)],
  [3, ["timeLimitExceeded", retry("CONNECTOR_TIMEOUT"), overLimit, retry("CONNECTOR_TIMEOUT")]],
  [4, all("sizeLimitExceeded", overLimit)],
  [7, all("authMethodNotSupported", misconfigured)],
  [8, all("strongerAuthRequired", misconfigured)],
  [10, all("referral", misconfigured)],
  [11, all("adminLimitExceeded", overLimit)],
  [12, all("unavailableCriticalExtension", misconfigured)],
  [13, all("confidentialityRequired", misconfigured)],
  [14, all("saslBindInProgress", misconfigured)],
  [16, ["noSuchAttribute", misconfigured, misconfigured, skip("OBJECT_CHANGED")]],
  [17, ["undefinedAttributeType", misconfigured, misconfigured, invalid]],
  [18, ["inappropriateMatching", misconfigured, misconfigured, invalid]],
  [19, ["constraintViolation", rejected, misconfigured, invalid]],
  [20, ["attributeOrValueExists", misconfigured, misconfigured, skip("OBJECT_CHANGED")]],
  [21, ["invalidAttributeSyntax", misconfigured, misconfigured, invalid]],
  [32, ["noSuchObject", rejected, misconfigured, skip("OBJECT_GONE")]],
  [33, ["aliasProblem", rejected, misconfigured, refused]],
  [34, ["invalidDNSyntax", misconfigured, misconfigured, invalid]],
  [36, ["aliasDereferencingProblem", rejected, misconfigured, refused]],
  [48, ["inappropriateAuthentication", rejected, rejected, refused]],
  [49, all("invalidCredentials", rejected)],
  [50, ["insufficientAccessRights", rejected, stop("PERMISSION_DENIED"), refused]],
  [51, all("busy", retry("CONNECTOR_BUSY"))],
  [52, all("unavailable", retry("CONNECTOR_UNREACHABLE"))],
  [53, ["unwillingToPerform", rejected, stop("PERMISSION_DENIED"), refused]],
  [54, all("loopDetect", misconfigured)],
  [64, ["namingViolation", misconfigured, misconfigured, invalid]],
  [65, ["objectClassViolation", misconfigured, misconfigured, invalid]],
  [66, ["notAllowedOnNonLeaf", misconfigured, misconfigured, refused]],
  [67, ["notAllowedOnRDN", misconfigured, misconfigured, invalid]],
  [68, ["entryAlreadyExists", misconfigured, misconfigured, skip("OBJECT_EXISTS")]],
  [69, ["objectClassModsProhibited", misconfigured, misconfigured, invalid]],
  [71, ["affectsMultipleDSAs", misconfigured, misconfigured, refused]],
  [80, all("other", retry("CONNECTOR_BUSY"))],
  [122, ["assertionFailed", misconfigured, misconfigured, skip("OBJECT_CHANGED")]],
  [4096, all("e-syncRefreshRequired", stop("DELTA_TOKEN_REJECTED"))],
]);

const unknown: Row = ["unknown", rejected, stop("SOURCE_UNREADABLE"), refused];

/** What a result code other than success means. */
export function meaningOf(task: LdapTask, resultCode: number): Meaning {
  const row = meanings.get(resultCode) ?? unknown;
  return task === "signIn" ? row[1] : task === "read" ? row[2] : row[3];
}

/** The name that RFC 4511 gives a result code. */
export function resultName(resultCode: number): string {
  return (meanings.get(resultCode) ?? unknown)[0];
}
