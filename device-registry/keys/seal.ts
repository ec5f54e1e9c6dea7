/**
 * Sealing: AES-256-GCM under a key derived from the box's root key (HKDF-SHA-256). What a sealed value belongs to is bound into it,
 * so that one cannot be put in another's place.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { washCipher } from "./registers.ts";
import { KeysUnusable } from "./unusable.ts";

export const ROOT_BYTES = 32;

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Seal {
  /** Names the root key without telling anything of it: 16 hex digits. */
  readonly id: string;
  /** @param owner what it belongs to; must be given again to open it. */
  close(owner: string, secret: Uint8Array): Buffer;
  /** Throws `SealBroken`. */
  open(owner: string, sealed: Uint8Array): Buffer;
}

/** A sealed value was changed, is another's, or was sealed under another root key. */
export class SealBroken extends KeysUnusable {
  constructor(owner: string) {
    super("seal-broken", `what is sealed for ${owner} cannot be opened: it was changed, or sealed by another box`);
    this.name = "SealBroken";
  }
}

const derive = (root: Uint8Array, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync("sha256", root, Buffer.alloc(0), `beffroi ${purpose}`, bytes));

export const createSeal = (root: Uint8Array): Seal => {
  if (root.length !== ROOT_BYTES) throw new RangeError(`a root key has ${ROOT_BYTES} bytes`);
  const key = derive(root, "device keys v1", 32);
  return {
    id: derive(root, "seal id v1", 8).toString("hex"),
    close(owner, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(owner, "utf8"));
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]);
    },
    open(owner, sealed) {
      const head = 1 + NONCE_BYTES + TAG_BYTES;
      if (sealed.length < head || sealed[0] !== VERSION) throw new SealBroken(owner);
      const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, 1 + NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(owner, "utf8"));
      decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, head));
      const opened = decipher.update(sealed.subarray(head));
      try {
        return Buffer.concat([opened, decipher.final()]);
      } catch {
        throw new SealBroken(owner);
      } finally {
        opened.fill(0);
        washCipher();
      }
    },
  };
};
