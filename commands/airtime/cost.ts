/** What a wish for many assets costs in the air, told before it is sent. Pure. */
import { type SubBand, spanMs, subBandOf } from "./duty-cycle.ts";
import { downlinkMs } from "./time-on-air.ts";

/** One way of sending. */
export interface AirCost {
  readonly frames: number;
  /** Of all frames together, ms. */
  readonly airtimeMs: number;
  /** From the first to the last, as the duty cycle allows in the long run, ms. */
  readonly spanMs: number;
}

export interface WishCost {
  readonly assets: number;
  /** By multicast, as far as there are groups; absent when there is none. */
  readonly multicast?: AirCost & { readonly assets: number };
  /** Those that no group reaches, one by one as they are sent. */
  readonly unicast: AirCost;
  /** All one by one, for comparison: at the slowest rate, and at SF9. */
  readonly oneByOne: { readonly sf12: AirCost; readonly sf9: AirCost };
}

export interface Wish {
  /** Application bytes of the command. */
  readonly bytes: number;
  /** Assets, and how many of them each group reaches. */
  readonly assets: number;
  readonly groups: readonly { readonly members: number; readonly dr: number; readonly gateways: number }[];
  /** Of unicast frames: frequency in Hz and data rate. */
  readonly frequency: number;
  readonly dr: number;
}

const SF12 = 0;
const SF9 = 3;

const one = (count: number, bytes: number, dr: number, band: SubBand): AirCost => {
  const ms = downlinkMs(bytes, dr);
  return { frames: count, airtimeMs: count * ms, spanMs: spanMs(count, ms, band) };
};

/** Throws RangeError for data rates and frequencies that are not covered. */
export const costOf = ({ bytes, assets, groups, frequency, dr }: Wish): WishCost => {
  const band = subBandOf(frequency);
  if (band === undefined) throw new RangeError(`nothing may be sent at ${frequency} Hz`);
  const reached = groups.reduce((sum, { members }) => sum + members, 0);
  const frames = groups.reduce((sum, { gateways }) => sum + gateways, 0);
  const airtimeMs = groups.reduce((sum, group) => sum + group.gateways * downlinkMs(bytes, group.dr), 0);
  return {
    assets,
    ...(reached === 0 ? {} : { multicast: { assets: reached, frames, airtimeMs, spanMs: airtimeMs } }),
    unicast: one(assets - reached, bytes, dr, band),
    oneByOne: { sf12: one(assets, bytes, SF12, band), sf9: one(assets, bytes, SF9, band) },
  };
};
