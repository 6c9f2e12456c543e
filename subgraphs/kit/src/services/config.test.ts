import { describe, expect, it } from "vitest";
import { servicesConfig } from "./config.js";

describe("the config of embedded services", () => {
  it("keeps programs in JOINERY_CACHE, else in the user's cache", () => {
    const cacheOf = (variables: Record<string, string>) => servicesConfig(variables).cacheFolder;
    expect(cacheOf({ HOME: "/h", XDG_CACHE_HOME: "/x", JOINERY_CACHE: "/j" })).toBe("/j");
    expect(cacheOf({ HOME: "/h", XDG_CACHE_HOME: "/x" })).toBe("/x/joinery");
    expect(cacheOf({ HOME: "/h" })).toBe("/h/.cache/joinery");
  });

  it("searches the PATH first, then the folders of administrators, never a relative folder", () => {
    const { programFolders } = servicesConfig({ PATH: "/a:.:bin:/usr/sbin:" });
    expect(programFolders.slice(0, 2)).toEqual(["/a", "/usr/sbin"]);
    expect(programFolders).toContain("/usr/local/sbin");
    expect(programFolders.every((folder) => folder.startsWith("/"))).toBe(true);
    expect(new Set(programFolders).size).toBe(programFolders.length);
  });

  it("gives programs that download the proxies and nothing secret", () => {
    const { downloadEnvironment } = servicesConfig({
      HOME: "/h",
      https_proxy: "http://proxy:1",
      DATABASE_URL: "postgres://canary",
      JOINERY_MASTER_KEY: "canary",
    });
    expect(downloadEnvironment["https_proxy"]).toBe("http://proxy:1");
    expect(JSON.stringify(downloadEnvironment)).not.toContain("canary");
  });
});
