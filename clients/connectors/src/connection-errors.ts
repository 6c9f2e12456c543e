import { ConnectorError } from "./connector.js";

/** What Node says of a certificate that it does not trust: OpenSSL's errors and its own. */
const certificateCodes = new Set([
  "CERT_CHAIN_TOO_LONG", "CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "CERT_REJECTED", "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE", "CERT_UNTRUSTED", "CRL_HAS_EXPIRED", "CRL_NOT_YET_VALID",
  "CRL_SIGNATURE_FAILURE", "DEPTH_ZERO_SELF_SIGNED_CERT", "ERROR_IN_CERT_NOT_AFTER_FIELD",
  "ERROR_IN_CERT_NOT_BEFORE_FIELD", "ERR_TLS_CERT_ALTNAME_FORMAT", "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH", "INVALID_CA", "INVALID_PURPOSE", "PATH_LENGTH_EXCEEDED",
  "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY", "UNABLE_TO_GET_CRL",
  "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** The meaning of an error of the socket. */
export function connectionError(error: Error): ConnectorError {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (certificateCodes.has(code)) {
    return new ConnectorError(
      "stop",
      "CERTIFICATE_UNTRUSTED",
      `the server's certificate: ${code}`,
      {
        cause: error,
      },
    );
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    return new ConnectorError(
      "stop",
      "MISCONFIGURED",
      `no encryption could be agreed on: ${code}`,
      {
        cause: error,
      },
    );
  }
  if (code === "ETIMEDOUT") {
    return new ConnectorError("retry", "CONNECTOR_TIMEOUT", "the connection timed out", {
      cause: error,
    });
  }
  return new ConnectorError(
    "retry",
    "CONNECTOR_UNREACHABLE",
    `no connection: ${code || error.name}`,
    {
      cause: error,
    },
  );
}
