import type {} from "vitest";

/** What the test run provides to the tests of connectors. */
export interface ProvidedFolders {
  /** Folder for one domain of the whole run; see `SambaOptions.template`. */
  sambaTemplate: string;
}

declare module "vitest" {
  // The keys are the folders; the merge is the purpose.
  export interface ProvidedContext extends ProvidedFolders {}
}
