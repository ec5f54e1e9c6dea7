/**
 * What is left of keys in the processor. Code that opens, copies or spells a key leaves parts of it in vector registers, where they
 * stay until other code happens to need those registers; and each core dump holds the registers of all threads, whatever
 * `coredump_filter` says. They are washed by the same work over bytes that are no secret, so by way of the same registers.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";

const NO_KEY = Buffer.alloc(32);
const NO_NONCE = Buffer.alloc(12);
const cipher = createCipheriv("aes-256-gcm", NO_KEY, NO_NONCE);
/** As long as a LoRaWAN key. */
const BLOCK = Buffer.concat([cipher.update(Buffer.alloc(16)), cipher.final()]);
const TAG = cipher.getAuthTag();

/**
 * To be called where a key was opened: OpenSSL's AES-256-GCM ends with the last block of it in a register (seen: xmm12), which no
 * copying needs. A turn of the event loop that goes on to write to a slow disk may last for seconds.
 */
export const washCipher = (): void => {
  const decipher = createDecipheriv("aes-256-gcm", NO_KEY, NO_NONCE).setAuthTag(TAG);
  decipher.update(BLOCK);
  decipher.final();
};

/** The C library takes the more registers the more it copies (seen: zmm16 to zmm23), and beyond 512 bytes goes in rounds. */
const COPY_BYTES: readonly number[] = [16, 32, 64, 128, 256, 512, 1_024];
const from = Buffer.alloc(1_024);
const to = Buffer.alloc(1_024);

const washCopies = (): void => {
  for (const bytes of COPY_BYTES) from.copy(to, 0, 0, bytes);
};

/** By then network and control socket are done with the messages in which a key came or went, ms. */
const LATER_MS = 50;

let isDue = false;
let later: NodeJS.Timeout | undefined;

/** To be called where a key is taken in or given out: washes once this turn of the event loop is over, and when it has been quiet. */
export const washCopiesSoon = (): void => {
  if (!isDue)
    setImmediate(() => {
      isDue = false;
      washCopies();
    });
  isDue = true;
  if (later !== undefined) later.refresh();
  else
    later = setTimeout(() => {
      later = undefined;
      washCopies();
    }, LATER_MS).unref();
};
