/** The door of the keys' room. */

export { keepMemoryOutOfCoreDumps } from "./core-dump.ts";
export {
  findRoot,
  hasTpm,
  keepRoot,
  ROOT_FILE,
  ROOT_TPM_FILE,
  type RootPlace,
  type RootProtection,
  RootUnreadable,
} from "./root.ts";
export { createSeal, SealBroken } from "./seal.ts";
export { SecretKey } from "./secret.ts";
export { type KeyStore, openKeyStore, SealLost } from "./store.ts";
export { KeysUnusable } from "./unusable.ts";
export * from "./words.ts";
