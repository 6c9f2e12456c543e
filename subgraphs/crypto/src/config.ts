import { readConfig, text, type ConfigOf } from "@joinery/kit";

export const cryptoVariables = {
  masterKeyFile: {
    name: "JOINERY_MASTER_KEY_FILE",
    help: "file of the master key (32 bytes, base64), readable by its owner only; back it up",
    parse: text,
  },
} as const;

export type CryptoConfig = ConfigOf<typeof cryptoVariables>;

/** Throws CONFIG_INVALID. */
export function readCryptoConfig(environment: NodeJS.ProcessEnv): CryptoConfig {
  return readConfig(cryptoVariables, environment);
}
