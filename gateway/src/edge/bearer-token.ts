/** The token of an `Authorization` header (RFC 6750 §2.1); nothing of any other scheme. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}
