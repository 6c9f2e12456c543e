import type { ObjectKind } from "../connector.js";
import { canonicalText } from "../http/json.js";
import type { HttpJsonConfiguration } from "./configuration.js";
import type { JsonClient } from "./json-client.js";
import type { ListSettings } from "./list-settings.js";
import { keyBy, toMap, type ObjectMap } from "./object-map.js";
import type { Listing } from "./pages.js";
import type { Place } from "./places.js";
import type { TemplateValues } from "./templates.js";

/** One system that speaks JSON, and how the settings see it. */
export class JsonSystem {
  readonly client: JsonClient;
  readonly configuration: HttpJsonConfiguration;
  readonly maps: ReadonlyMap<ObjectKind, ObjectMap>;

  constructor(client: JsonClient, configuration: HttpJsonConfiguration) {
    this.client = client;
    this.configuration = configuration;
    const { users, groups } = configuration;
    const maps = new Map<ObjectKind, ObjectMap>();
    if (users !== undefined) maps.set("user", toMap("user", users));
    if (groups !== undefined) maps.set("group", toMap("group", groups));
    this.maps = maps;
  }

  /** A list of items that are known by what stands there, or by all that they are. */
  listing(
    list: ListSettings, anchor: Place | undefined, values: TemplateValues, signal: AbortSignal,
  ): Listing {
    const counter = { left: this.configuration.objectsMax };
    const keyOf = anchor === undefined ? canonicalText : keyBy(anchor);
    return { client: this.client, list, values, signal, counter, keyOf };
  }
}
