import type {} from "vitest";

/** What the test run provides to the tests of connectors. */
export interface ProvidedFolders {
  /** Folder for one domain of the whole run; see `SambaOptions.template`. */
  sambaTemplate: string;
  /** Folder of the one MariaDB of the whole run; see `shareMariaDb`. */
  mariaDbFolder: string;
}

declare module "vitest" {
  // The keys are the folders; the merge is the purpose.
  export interface ProvidedContext extends ProvidedFolders {
    /** Superuser URL of the run's PostgreSQL. Make a database of your own in it. */
    postgresUrl: string;
  }
}
