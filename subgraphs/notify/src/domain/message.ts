/** `queued` waits for its turn, `sent` was taken by the server, `failed` was given up. */
export type MessageState = "queued" | "sent" | "failed";

export interface NewMessage {
  readonly kind: string;
  readonly recipient: string;
  readonly subject: string;
  readonly text: string;
  /** Event and recipient: the same event tells the same person once. */
  readonly occasion: string;
}

export interface Message extends NewMessage {
  readonly id: string;
  readonly state: MessageState;
  readonly attempts: number;
  readonly code: string | null;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
}

export const attemptsMax = 12;

/** Milliseconds until the next attempt: half a minute, doubling, an hour at most. */
export function retryDelayMs(attempts: number): number {
  return Math.min(3_600_000, 30_000 * 2 ** Math.max(0, attempts - 1));
}

/** 5yz answers are final (RFC 5321 §4.2.1), everything else may pass. */
export function isFinal(responseCode: number | undefined): boolean {
  return responseCode !== undefined && responseCode >= 500 && responseCode < 600;
}
