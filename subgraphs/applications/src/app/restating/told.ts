import type { Application } from "../../domain/application.js";

/** Whether the vault is told of its accounts: of a live application that was imported. */
export function isTold({ firstImportAt, phase, state }: Application): boolean {
  return firstImportAt !== null && phase !== "sandbox" && state === "active";
}
