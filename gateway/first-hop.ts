/**
 * Is the way from ChirpStack to the box lossless? The broker shows two signs that it is not: it has forgotten the session we left
 * with it, or events come at QoS 0. Both are said in status, health and journal, with the lines to change; nothing else would tell
 * a commune that an outage of a minute costs its readings.
 */
import type { BoxState } from "./box-state.ts";
import type { Append } from "./words.ts";

export const FIRST_HOP_REASONS = ["session-lost", "events-at-qos-0", "subscription-below-qos-1"] as const;
export type FirstHopReason = (typeof FIRST_HOP_REASONS)[number];

export interface FirstHop {
  status(): { readonly lossless: boolean; readonly reasons: readonly string[]; readonly remedy: readonly string[] };
  /** `session` names broker and client id: under another name no session was left. */
  connected(session: string, present: boolean, grantedQos: number): void;
  /** Each event's QoS. */
  heard(qos: number): void;
  /** Whether `settle` has something to write. */
  readonly changed: boolean;
  /** Inside a transaction: raises and clears the alarm in the journal. */
  settle(at: number, append: Append): void;
  rolledBack(): void;
}

/** So many events in a row at QoS 1 show that ChirpStack's setting was changed. */
const QOS_1_IN_A_ROW = 20;

const CHIRPSTACK = [
  "chirpstack.toml: [integration.mqtt] qos=1",
  'chirpstack.toml: [integration.mqtt] client_id="chirpstack-integration"',
  "chirpstack.toml: [integration.mqtt] clean_session=false",
  'chirpstack.toml: [integration.mqtt] session_expiry_interval="24h" (after ChirpStack 4.19.0)',
];
const MOSQUITTO = [
  "mosquitto.conf: persistence true",
  "mosquitto.conf: autosave_on_changes true",
  "mosquitto.conf: autosave_interval 1",
  "mosquitto.conf: max_queued_messages 0",
];

/** The configuration lines that end each reason. */
const REMEDIES: Readonly<Record<FirstHopReason, readonly string[]>> = {
  "session-lost": MOSQUITTO,
  "events-at-qos-0": CHIRPSTACK,
  "subscription-below-qos-1": ["the broker's maximum QoS must be 1 or more (mosquitto.conf: max_qos 2)"],
};

export const ALARM = "first-hop-not-lossless";
const RAISED_KEY = "first-hop.raised";
const SESSION_KEY = "first-hop.session";

const known = (text: string | undefined): FirstHopReason[] =>
  FIRST_HOP_REASONS.filter((reason) => (text ?? "").split(" ").includes(reason));

export const createFirstHop = (state: BoxState): FirstHop => {
  /** What the journal says. */
  let said = known(state.get(RAISED_KEY));
  const reasons = new Set<FirstHopReason>(said);
  let left = state.get(SESSION_KEY);
  let savedSession = left;
  let inARow = 0;

  const current = (): FirstHopReason[] => FIRST_HOP_REASONS.filter((reason) => reasons.has(reason));
  const set = (reason: FirstHopReason, holds: boolean): void => {
    if (holds) reasons.add(reason);
    else reasons.delete(reason);
  };
  const remedy = (): string[] => current().flatMap((reason) => REMEDIES[reason]);

  return {
    status: () => ({ lossless: reasons.size === 0, reasons: current(), remedy: remedy() }),
    connected(session, present, grantedQos) {
      if (present) set("session-lost", false);
      else if (left === session) set("session-lost", true);
      left = session;
      set("subscription-below-qos-1", grantedQos < 1);
    },
    heard(qos) {
      if (qos === 0) {
        inARow = 0;
        reasons.add("events-at-qos-0");
      } else if (reasons.size > 0 && reasons.has("events-at-qos-0")) {
        inARow += 1;
        if (inARow >= QOS_1_IN_A_ROW) reasons.delete("events-at-qos-0");
      }
    },
    get changed() {
      return left !== savedSession || current().join(" ") !== said.join(" ");
    },
    settle(at, append) {
      if (left !== undefined && left !== savedSession) {
        state.set(SESSION_KEY, left);
        savedSession = left;
      }
      const now = current();
      if (now.join(" ") === said.join(" ")) return;
      append({ kind: "alarm", alarm: ALARM, raised: now.length > 0, at, detail: { reasons: now, remedy: remedy() } });
      state.set(RAISED_KEY, now.join(" "));
      said = now;
    },
    rolledBack() {
      said = known(state.get(RAISED_KEY));
      savedSession = state.get(SESSION_KEY);
    },
  };
};
