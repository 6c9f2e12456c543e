import { chunks } from "../chunks.js";
import {
  ConnectorError, type ChangeBatch, type ConnectorMember, type ConnectorObject,
} from "../connector.js";
import type { HintQueue } from "../hint-queue.js";

type Event =
  | { readonly anchor: string }
  | { readonly group: string; readonly member: string; readonly isIn: boolean };

/** Remembers what happened to a fake system, in order, and tells it from any point on. */
export class FakeJournal {
  private readonly find: (anchor: string) => ConnectorObject | undefined;
  private events: Event[] = [];
  private life = 1;
  private readonly ears = new Set<HintQueue>();

  constructor(find: (anchor: string) => ConnectorObject | undefined) {
    this.find = find;
  }

  /** The position of now. */
  get token(): string {
    return this.tokenAt(this.events.length);
  }

  note(event: Event): void {
    this.events.push(event);
    for (const ear of this.ears) ear.add("anchor" in event ? event.anchor : event.group);
  }

  /** Lets a queue hear what is noted, until the returned function is called. */
  tell(ear: HintQueue): () => void {
    this.ears.add(ear);
    return () => { this.ears.delete(ear); };
  }

  /** From here on no earlier token is known. */
  forget(): void {
    this.events = [];
    this.life += 1;
  }

  /** Throws `DELTA_TOKEN_REJECTED`. */
  since(token: string, batchSizeMax: number): readonly ChangeBatch[] {
    const [life, from] = token.split(":").map(Number);
    const isKnown = token === `${life}:${from}` && life === this.life
      && from !== undefined && from <= this.events.length;
    if (!isKnown) {
      throw new ConnectorError("stop", "DELTA_TOKEN_REJECTED", "the fake does not know the token");
    }
    const events = this.events.slice(from);
    const anchors = new Set(events.flatMap((event) => ("anchor" in event ? [event.anchor] : [])));
    const objects = [...anchors].map(this.find).filter((each) => each !== undefined);
    const gone = [...anchors].filter((anchor) => this.find(anchor) === undefined)
      .map((anchor) => ({ anchor, because: "deleted" as const }));
    return [
      ...[...chunks(objects, batchSizeMax)].map((part): ChangeBatch =>
        ({ type: "objects", objects: part })),
      ...[...chunks(gone, batchSizeMax)].map((part): ChangeBatch => ({ type: "gone", gone: part })),
      ...events.flatMap((event) => ("group" in event ? [memberBatch(event)] : [])),
      { type: "token", token: this.token },
    ];
  }

  private tokenAt(position: number): string {
    return `${this.life}:${position}`;
  }
}

function memberBatch(
  { isIn, group, member }: ConnectorMember & { readonly isIn: boolean },
): ChangeBatch {
  const one = [{ group, member }];
  return isIn
    ? { type: "members", added: one, removed: [] } : { type: "members", added: [], removed: one };
}
