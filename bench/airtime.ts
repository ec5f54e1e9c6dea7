/**
 * The airtime planner against the published formula written a second time, for every LoRa data rate of EU868 and every payload, and
 * the time that 300 lamps take by multicast ÷ one by one, both paced by the product's own duty cycle.
 */
import { costOf } from "../commands/airtime/cost.ts";
import { type AirUse, RX2_DR, RX2_FREQUENCY, subBandOf, turnAt } from "../commands/airtime/duty-cycle.ts";
import { downlinkMs, EU868_BYTES_MAX, EU868_RATES, timeOnAirMs } from "../commands/airtime/time-on-air.ts";

const LAMPS = 300;
/** `01 FE level` of a NAS controller. */
const DIM_BYTES = 3;

/**
 * The data sheet of the SX127x, section 4.1.1.7, as it counts: symbols of the preamble, the first block of 8 symbols at the most
 * careful rate, then blocks of 4 data symbols and one of the code until the bits are used up.
 */
function byHand(phyBytes: number, sf: number, bandwidth: number, crc: boolean): number {
  const symbol = (1_000 * (1 << sf)) / bandwidth;
  const perBlock = 4 * (symbol > 16 ? sf - 2 : sf);
  // The header takes 20 bits; the first block carries 4·SF − 8 bits beside it.
  let bits = phyBytes * 8 + (crc ? 16 : 0) + 20 - (4 * sf - 8);
  let symbols = 8 + 4.25 + 8;
  while (bits > 0) {
    symbols += 5;
    bits -= perBlock;
  }
  return symbols * symbol;
}

function worstError(): { readonly worst: number; readonly compared: number } {
  let [worst, compared] = [0, 0];
  EU868_RATES.forEach((rate, dr) => {
    for (let bytes = 0; bytes <= (EU868_BYTES_MAX[dr] ?? 0); bytes++) {
      for (const direction of ["up", "down"] as const) {
        const { spreadingFactor, bandwidth } = rate;
        const wanted = byHand(bytes + 13, spreadingFactor, bandwidth, direction === "up");
        worst = Math.max(worst, Math.abs(timeOnAirMs(bytes + 13, rate, direction) - wanted));
        compared++;
      }
    }
  });
  return { worst, compared };
}

/** From the first frame to the end of the last, each sent when its turn comes, ms. */
function paced(frames: number, ms: number): number {
  const band = subBandOf(RX2_FREQUENCY);
  if (band === undefined) throw new Error("RX2 is in no sub-band");
  const uses: AirUse[] = [];
  let now = 0;
  for (let frame = 0; frame < frames; frame++) {
    now = turnAt(uses, band, ms, now, { isSafety: false }) + ms;
    uses.push({ at: now, ms });
  }
  return now;
}

export function run(): void {
  const { worst, compared } = worstError();
  if (compared < 1_500) throw new Error(`only ${compared} frames were compared`);
  const ms = downlinkMs(DIM_BYTES, RX2_DR);
  const multicastMs = paced(1, ms);
  const unicastMs = paced(LAMPS, ms);
  const groups = [{ members: LAMPS, dr: RX2_DR, gateways: 1 }];
  const cost = costOf({ bytes: DIM_BYTES, assets: LAMPS, groups, frequency: RX2_FREQUENCY, dr: RX2_DR });
  if (cost.multicast?.airtimeMs !== multicastMs) throw new Error("the planner's multicast is not what was sent");
  console.log(`${compared} frames at DR0 to DR6, up and down: worst error ${worst} ms`);
  console.log(
    `${LAMPS} lamps, ${DIM_BYTES} bytes at SF12: multicast ${(multicastMs / 1_000).toFixed(2)} s, in the air`,
  );
  console.log(
    `one by one ${(unicastMs / 60_000).toFixed(1)} min as the box paces them, ${(cost.oneByOne.sf12.spanMs / 60_000).toFixed(1)} min as announced`,
  );
  console.log(
    JSON.stringify({
      bench: "airtime",
      worstErrorMs: Number(worst.toFixed(6)),
      ratio: Number((multicastMs / unicastMs).toFixed(6)),
      frames: compared,
      multicastMs: Number(multicastMs.toFixed(1)),
      unicastMs: Math.round(unicastMs),
    }),
  );
}
