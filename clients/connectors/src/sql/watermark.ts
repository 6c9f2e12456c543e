import type { ConnectorObject, ConnectorSkip } from "../connector.js";
import { hashOf, rejected } from "../delta-tokens.js";
import type { SqlFormatName } from "../values/sql-formats.js";
import type { WatermarkSettings } from "./change-settings.js";
import type { CatalogueColumn } from "./dialect.js";
import type { ObjectTable } from "./object-table.js";
import { readPages } from "./read.js";
import { calledRelation } from "./relation.js";
import { misconfigured } from "./scalar-codec.js";
import type { Statement } from "./statement.js";
import { seenMax, type WatermarkPosition } from "./sql-token.js";

/** What a report of a kind found: those who are there, who went, what cannot be used. */
export interface ChangedObjects {
  readonly objects: readonly ConnectorObject[];
  readonly gone: readonly { readonly anchor: string; readonly because: "deleted" | "outOfScope" }[];
  readonly skips: readonly ConnectorSkip[];
}

const secondsByDefault = 300;
const numbersByDefault = 1_000;
/** Clocks on walls differ from UTC by no more; a wall's hour that comes twice is within it too. */
const wallSeconds = 14 * 3_600;

/**
 * A column that each change makes greater: a time, or a number. What changed a while before the
 * last report is met again, for a transaction may have ended after another that began later, and
 * many changes may bear one second; what was told already is known by its fingerprint.
 */
export class Watermark {
  private readonly table: ObjectTable;
  private readonly column: CatalogueColumn;
  private readonly settings: WatermarkSettings;
  /** What the next report starts from; there once everything was taken. */
  position: WatermarkPosition | undefined;

  /** Throws ConnectorError `COLUMN_MISSING`, or `MISCONFIGURED` for a column that cannot grow. */
  constructor(table: ObjectTable, settings: WatermarkSettings) {
    this.table = table;
    this.settings = settings;
    this.column = table.catalogueOf(settings.column);
    if (this.isNumber || this.isTime) return;
    const { name, typeName } = this.column;
    throw misconfigured(`the watermark "${name}" is ${typeName}, neither a time nor a number`);
  }

  /** What changed since, page by page. Throws ConnectorError, `DELTA_TOKEN_REJECTED` among them. */
  async *since(last: WatermarkPosition | undefined): AsyncGenerator<ChangedObjects> {
    const now = await this.now();
    const from = last === undefined ? this.before(now) : this.before(last.at);
    if (last !== undefined) this.demandForward(last.at, now);
    const known = new Set(last?.seen);
    const met: string[] = [];
    const { session } = this.table;
    const where: Statement = from === null ? [] : [
      `${session.dialect.quote(this.column.name)} >= `,
      { cell: from, as: this.column.version?.cast ?? this.column.cast },
    ];
    for await (const { objects, skips } of readPages(this.table, where)) {
      const fresh = <T>(each: T): boolean => {
        const print = hashOf(JSON.stringify(each)).slice(0, 16);
        met.push(print);
        return !known.has(print);
      };
      yield { objects: objects.filter(fresh), gone: [], skips: skips.filter(fresh) };
    }
    this.position = { way: "watermark", at: now, seen: met.length > seenMax ? [] : met };
  }

  private get format(): SqlFormatName | undefined {
    return this.column.format;
  }

  private get isTime(): boolean {
    return this.format === "instant" || this.format === "localTime";
  }

  private get isNumber(): boolean {
    return this.format === "integer" || this.column.version !== undefined;
  }

  /** The database's clock, where its own numbers begin to be unsettled, or the greatest number. */
  private async now(): Promise<string | null> {
    const { session } = this.table;
    const { version, selectedAs = String } = this.column;
    const greatest = selectedAs(`max(${session.dialect.quote(this.column.name)})`);
    const text = version !== undefined ? `select ${version.unsettled}`
      : this.isTime ? `select ${session.dialect.now}`
        : `select ${greatest} from ${this.table.from()}`;
    const { rows } = await session.run([text]);
    const cell = rows[0]?.[0] ?? null;
    return cell === null ? null : String(cell);
  }

  private before(at: string | null): string | null {
    if (at === null) return null;
    if (this.isNumber) {
      const overlap = this.column.version === undefined ? numbersByDefault : 0;
      return String(BigInt(at) - BigInt(this.settings.overlap ?? overlap));
    }
    const wall = this.format === "localTime" ? wallSeconds : 0;
    const seconds = (this.settings.overlap ?? secondsByDefault) + wall;
    const time = new Date(Date.parse(`${at.replace(" ", "T")}Z`) - seconds * 1_000);
    return time.toISOString().slice(0, 23).replace("T", " ");
  }

  /** A database that is older than the position was restored, or has another clock. */
  private demandForward(at: string | null, now: string | null): void {
    if (at === null) return;
    const isBack = now === null
      || (this.isNumber ? BigInt(now) < BigInt(at) : now < (this.before(at) ?? ""));
    if (!isBack) return;
    const where = calledRelation(this.table.relation);
    throw rejected(`"${this.column.name}" of ${where} went back`);
  }
}
