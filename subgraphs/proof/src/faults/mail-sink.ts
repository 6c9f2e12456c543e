import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

/** A mail server on 127.0.0.1 that takes everything and remembers which messages it took. */
export class MailSink {
  readonly #server: SMTPServer;
  /** `Message-ID`s; a message that came again is one. */
  readonly taken = new Set<string>();

  private constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      onData: (stream, _session, done) => {
        const mail = text(stream).then((content) => {
          const id = /^Message-ID:\s*(<[^>]*>)/im.exec(content)?.[1];
          if (id !== undefined) this.taken.add(id);
        });
        mail.then(() => done(), done);
      },
    });
    // A client that is killed in the middle of a mail breaks its connection.
    this.#server.on("error", () => undefined);
  }

  static async start(): Promise<MailSink> {
    const sink = new MailSink();
    await new Promise<void>((resolve) => sink.#server.listen(0, "127.0.0.1", resolve));
    return sink;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
