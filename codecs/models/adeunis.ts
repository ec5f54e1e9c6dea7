/** What Adeunis's devices share: a code, a status byte, and seconds since 2013 at the end of the frame where the status says so. */
import { be, bits, ending, inline } from "../language/index.ts";

/** No source says on which port they send. */
export const ADEUNIS_PORT = 1;

const common = { frameCounter: { from: 5, width: 3 }, lowBattery: 1, configured: 0 } as const;

export const datedStatus = inline(bits({ ...common, timestamp: 2, configurationInconsistent: 3 }));
export const ticStatus = inline(bits({ ...common, readError: 4, configurationInconsistent: 3 }));

/** Seconds since 2013-01-01; whether by local time or UTC is a setting, so that it dates nothing. */
export const timestamp = { time: ending("timestamp", be.u32.unit("s")) };

export const CLOCK_NOT_COVERED = {
  en: "the device's clock dates nothing: the maker says that it may be local time or UTC, and the frame does not say which",
  fr: "l’horloge de l’appareil ne date rien : le fabricant dit qu’elle peut être locale ou UTC, et la trame ne dit pas laquelle",
};
