import type { ChangeBatch, ConnectorMember, ConnectorObject } from "../connector.js";

/** What somebody knows of a system who read it once and was told what changed since. */
export class Replica {
  readonly objects = new Map<string, ConnectorObject>();
  /** Group → members by anchor, or as written where nobody has that name. */
  private readonly memberSets = new Map<string, Set<string>>();
  private readonly names = new Map<string, string>();

  constructor(objects: readonly ConnectorObject[], members: readonly ConnectorMember[]) {
    for (const object of objects) this.put(object);
    for (const member of members) this.setMember(member, true);
  }

  /** Who of all that are there is in which group that is there, in one order. */
  get members(): readonly string[] {
    return [...this.memberSets]
      .filter(([group]) => this.objects.has(group))
      .flatMap(([group, members]) => [...members]
        .filter((member) => this.objects.has(member))
        .map((member) => `${group} ${member}`))
      .sort();
  }

  apply(batch: ChangeBatch): void {
    switch (batch.type) {
      case "objects":
        for (const object of batch.objects) this.put(object);
        return;
      case "gone":
        for (const { anchor } of batch.gone) this.remove(anchor);
        return;
      case "wholeMembers":
        for (const group of batch.groups) this.memberSets.set(group, new Set());
        return;
      case "members":
        for (const member of batch.added) this.setMember(member, true);
        for (const member of batch.removed) this.setMember(member, false);
        break;
      case "skips":
      case "token":
    }
  }

  private put(object: ConnectorObject): void {
    this.objects.set(object.anchor, object);
    this.names.set(object.name.toLowerCase(), object.anchor);
  }

  /** Who is gone is no member of anything. */
  private remove(anchor: string): void {
    this.objects.delete(anchor);
    this.memberSets.delete(anchor);
    for (const members of this.memberSets.values()) members.delete(anchor);
  }

  private setMember({ group, member }: ConnectorMember, isIn: boolean): void {
    const anchor = this.objects.has(member) ? member : this.names.get(member.toLowerCase());
    const members = this.memberSets.get(group) ?? new Set();
    this.memberSets.set(group, members);
    if (isIn) members.add(anchor ?? member);
    else members.delete(anchor ?? member);
  }
}
