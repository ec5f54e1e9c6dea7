/** How ChirpStack says a downlink was sent, in the words of the airtime planner. */
import { rateOf } from "../../commands/airtime/time-on-air.ts";
import type { SentAs } from "../words.ts";

export interface TxInfo {
  /** Hz; 0 where it was not said. */
  readonly frequency: number;
  readonly spreadingFactor: number;
  /** Hz. */
  readonly bandwidth: number;
  readonly immediately: boolean;
}

/** Undefined for a modulation whose time on air is not covered, FSK among them. */
export const sentAs = ({ frequency, spreadingFactor, bandwidth, immediately }: TxInfo): SentAs | undefined => {
  const dr = rateOf({ spreadingFactor, bandwidth });
  return dr === undefined || frequency === 0 ? undefined : { frequency, dr, immediately };
};
