/**
 * Folder of the campaign that this process belongs to; undefined for a process of nobody's
 * campaign, in which nothing of `inside/` does anything.
 */
export function campaignFolder(): string | undefined {
  return process.env["JOINERY_FAULTS"];
}
