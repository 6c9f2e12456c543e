import type { Door, InternalClient, Log } from "@joinery/kit";

/** Sends one mail; throws what the server refused it with. */
export interface Mailer {
  send(mail: {
    readonly messageId: string;
    readonly to: string;
    readonly subject: string;
    readonly text: string;
  }): Promise<void>;
  close(): void;
}

/** Where mails are sent and from whom; without a server they wait. */
export interface MailSettings {
  readonly smtpUrl: string | null;
  readonly sender: string;
}

/** What the use-cases of notify work with. */
export interface NotifyDeps {
  readonly door: Door;
  readonly internal: InternalClient;
  readonly log: Log;
  /** Null when no mail server is configured: messages wait. */
  readonly mailer: Mailer | null;
}
