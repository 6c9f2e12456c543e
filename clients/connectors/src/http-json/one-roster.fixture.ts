import {
  scriptedWebServer, type ScriptedAnswer, type SeenRequest,
} from "../http/scripted-web-server.fixture.js";

type Json = Record<string, unknown>;
export type RosterRecord = Json & { readonly sourcedId: string };

const collections = ["users", "classes", "enrollments"] as const;
type CollectionName = (typeof collections)[number];

/**
 * A student information system as OneRoster has it (1EdTech OneRoster 1.1 and 1.2, REST binding of
 * the rostering service): limit 100 and offset 0 unless asked otherwise, X-Total-Count and Link
 * beside, filters by dateLastModified, `tobedeleted` for what is no more.
 */
export class RosterServer implements AsyncDisposable {
  readonly users = new Map<string, RosterRecord>();
  readonly classes = new Map<string, RosterRecord>();
  readonly enrollments = new Map<string, RosterRecord>();
  readonly seen: SeenRequest[] = [];

  private server: Awaited<ReturnType<typeof scriptedWebServer>> | undefined;

  static async start(): Promise<RosterServer> {
    const roster = new RosterServer();
    roster.server = await scriptedWebServer((request) => roster.serve(request));
    return roster;
  }

  get origin(): string {
    return new URL(this.server?.url ?? "").origin;
  }

  put(name: CollectionName, json: RosterRecord): void {
    const dateLastModified = new Date().toISOString();
    this[name].set(json.sourcedId, { status: "active", ...json, dateLastModified });
  }

  enrol(id: string, user: string, inClass: string, role: string, status = "active"): void {
    const [person, course] = [{ sourcedId: user, type: "user" }, {
      sourcedId: inClass, type: "class",
    }];
    this.put("enrollments", { sourcedId: id, role, status, user: person, class: course });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server?.[Symbol.asyncDispose]();
  }

  private serve(request: SeenRequest): ScriptedAnswer {
    this.seen.push(request);
    const json = { "content-type": "application/json" };
    if (request.path === "/token") {
      const body = { access_token: "t", token_type: "bearer", expires_in: 60 };
      return { headers: json, body };
    }
    const base = /^\/ims\/oneroster\/(?:v1p1|rostering\/v1p2)\//;
    if (request.headers.authorization !== "Bearer t") return failure(401, "unauthorisedrequest");
    if (!base.test(request.path)) return failure(404, "unknownobject");
    const [name = "", id, more] = request.path.replace(base, "").split("/");
    if (name === "classes" && id !== undefined) return this.ofClass(request, id, more ?? "");
    const found = collections.find((each) => each === name);
    if (found === undefined || id !== undefined) return failure(404, "unknownobject");
    return list(request, found, [...this[found].values()]);
  }

  private ofClass(request: SeenRequest, id: string, role: string): ScriptedAnswer {
    if (!this.classes.has(id)) return failure(404, "unknownobject");
    const ids = [...this.enrollments.values()]
      .filter((each) => each["status"] === "active" && `${String(each["role"])}s` === role
        && (each["class"] as RosterRecord).sourcedId === id)
      .map((each) => (each["user"] as RosterRecord).sourcedId);
    const users = [...new Set(ids)].map((each) => this.users.get(each) ?? { sourcedId: each });
    return list(request, "users", users);
  }
}

function list(
  { path, query }: SeenRequest, name: string, all: readonly RosterRecord[],
): ScriptedAnswer {
  const filter = query.get("filter");
  const [, predicate, moment = ""] = /^dateLastModified(>=|>)'([^']+)'$/.exec(filter ?? "") ?? [];
  if (filter !== null && predicate === undefined) return failure(400, "invalid_filter_field");
  const kept = all.filter((each) => {
    const at = String(each["dateLastModified"]);
    return filter === null || (predicate === ">=" ? at >= moment : at > moment);
  });
  const [limit, offset] = [Number(query.get("limit") ?? 100), Number(query.get("offset") ?? 0)];
  const rest = filter === null ? "" : `&filter=${encodeURIComponent(filter)}`;
  const link = (at: number, rel: string): string =>
    `<${path}?limit=${limit}&offset=${at}${rest}>; rel="${rel}"`;
  const links = [link(0, "first"), ...(offset + limit < kept.length
    ? [link(offset + limit, "next")] : [])];
  return {
    headers: {
      "content-type": "application/json", "x-total-count": String(kept.length),
      link: links.join(", "),
    },
    body: { [name]: kept.slice(offset, offset + limit) },
  };
}

function failure(status: number, minor: string): ScriptedAnswer {
  return { status, headers: { "content-type": "application/json" }, body: {
    imsx_codeMajor: "failure", imsx_severity: "error",
    imsx_CodeMinor: { imsx_codeMinorField: [{ imsx_codeMinorFieldValue: minor }] },
  } };
}
