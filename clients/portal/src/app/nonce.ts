import { setNonce } from "get-nonce";

/** What the gateway gave this page; styles made at run time carry it (content security policy). */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}

/** For libraries that ask `get-nonce`; the component library is given it by its provider. */
export function setStyleNonce(): void {
  setNonce(styleNonce());
}
