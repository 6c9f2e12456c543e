import { servicesConfig, type ServicesConfig } from "../config.js";

/** For clusters that nobody will miss. */
export const fast = { fsync: "off", full_page_writes: "off", shared_buffers: "16MB" };

/** The machine's config with parts replaced. */
export function configWith(parts: Partial<ServicesConfig>): ServicesConfig {
  return { ...servicesConfig(), ...parts };
}

export const isRoot = process.getuid?.() === 0;
