import { be, bits, blocks, cases, defineCodec, inline } from "../language/index.ts";
import { ADEUNIS_PORT, CLOCK_NOT_COVERED, datedStatus, timestamp } from "./adeunis.ts";

const { u16, u32 } = be;

const counter = (instance: "A" | "B") => u32.quantity("pulse.total", { instance });
const periodic = (instance: "A" | "B") => ({
  status: datedStatus,
  counter: counter(instance),
  /** Counted in each step before, the newest first. */
  steps: blocks(u16),
  ...timestamp,
});

/** Adeunis PULSE 4, two counters of pulses; flows and the places of the clock are as the maker's own library reads them (@adeunis/codecs 1.6.1, MIT). */
export const adeunisPulse4 = defineCodec({
  id: "adeunis-pulse-4",
  version: 1,
  maker: "Adeunis",
  name: "PULSE 4",
  what: { en: "pulse counter", fr: "compteur d’impulsions" },
  uplink: {
    [ADEUNIS_PORT]: cases("kind", {
      keepAlive: {
        code: 0x30,
        fields: {
          status: datedStatus,
          alarms: inline(
            bits({
              flowAlarmA: 0,
              flowAlarmB: 1,
              tamperA: { bit: 2, quantity: "device.tamper", instance: "A" },
              tamperB: { bit: 3, quantity: "device.tamper", instance: "B" },
              leakA: { bit: 4, quantity: "leak", instance: "A" },
              leakB: { bit: 5, quantity: "leak", instance: "B" },
            }),
          ),
          flowMaxA: u16,
          flowMaxB: u16,
          flowMinA: u16,
          flowMinB: u16,
          ...timestamp,
        },
      },
      counters: {
        code: 0x46,
        fields: { status: datedStatus, counterA: counter("A"), counterB: counter("B"), ...timestamp },
      },
      flowAlarm: { code: 0x47, fields: { status: datedStatus, flowA: u16, flowB: u16, ...timestamp } },
      periodicA: { code: 0x5a, fields: periodic("A") },
      periodicB: { code: 0x5b, fields: periodic("B") },
    }),
  },
  anyPort: ADEUNIS_PORT,
  verified: { uplinks: [ADEUNIS_PORT] },
  notCovered: [
    {
      en: "when the earlier steps of a periodic frame were: their length is a setting that the frame does not carry",
      fr: "quand ont eu lieu les pas antérieurs d’une trame périodique : leur durée est un réglage que la trame ne porte pas",
    },
    { en: "configuration frames (10, 11, 12)", fr: "les trames de configuration (10, 11, 12)" },
    CLOCK_NOT_COVERED,
    { en: "downlinks (registers, thresholds)", fr: "commandes (registres, seuils)" },
  ],
});
