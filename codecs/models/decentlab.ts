/**
 * Decentlab, protocol version 2: a mask says which of the model's blocks of words follow, most significant byte first. A model is its
 * table of blocks; settings are the same for all: an operation, a value and a check sum.
 */
import { be, command, constant, crc16, inline, masked, record } from "../language/index.ts";
import type { Part } from "../language/part.ts";

const check = crc16("be");

type Blocks = Readonly<Record<string, { readonly bit: number; readonly part: Part<unknown, unknown> }>>;

export const decentlabFrame = <const B extends Blocks>(blocks: B) =>
  record({
    version: constant(0x02),
    deviceId: be.u16,
    values: inline(masked(blocks, { bytes: 2, order: "be" })),
  });

/** No source says on which port they send; they are told on this one. */
export const DECENTLAB_PORT = 1;

export const decentlabCommands = {
  /** Kept by the device. */
  "send-period": command([0x00, 0x02], { seconds: be.u16.unit("s"), check }),
  "adr-off": command([0x00, 0x07, 0x00, 0x00], { check }),
};
