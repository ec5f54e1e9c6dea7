/** Says in the journal that the box's certificate comes to its end without having been renewed, and when that is over. */
import type { Lifetime } from "../cloud-sync/enrolment/renewal.ts";
import type { BoxState } from "./box-state.ts";
import type { Append } from "./words.ts";

export const CERTIFICATE_ALARM = "certificate-ends";
const RAISED_KEY = "certificate-ends.raised";
/** Half of the time in which it should have been renewed has gone by: of 90 days, 15 are left. */
const LEFT_SHARE = 1 / 6;

export const isEndNear = ({ beginsAt, endsAt }: Lifetime, now: number): boolean =>
  now >= endsAt - (endsAt - beginsAt) * LEFT_SHARE;

interface Parts {
  readonly state: Pick<BoxState, "get" | "set">;
  readonly write: (work: (append: Append) => void) => void;
}

/** To be called regularly; writes only when something changed. */
export const createCertificateAlarm = ({ state, write }: Parts) => {
  let raised = state.get(RAISED_KEY) === "yes";
  return (certificate: Lifetime | undefined, now: number): void => {
    const holds = certificate !== undefined && isEndNear(certificate, now);
    if (holds === raised) return;
    write((append) => {
      state.set(RAISED_KEY, holds ? "yes" : "no");
      const detail = certificate === undefined ? {} : { endsAt: certificate.endsAt };
      append({ kind: "alarm", alarm: CERTIFICATE_ALARM, raised: holds, at: now, detail });
    });
    raised = holds;
  };
};
