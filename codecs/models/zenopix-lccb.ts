import {
  bits,
  blocks,
  cases,
  command,
  defineCodec,
  hex,
  i8,
  le,
  oneOf,
  record,
  u8,
  wishes,
} from "../language/index.ts";

const year = u8.plus(2000).range(2000, 2098);
const month = u8.range(1, 12);
const day = u8.range(1, 31);
const FOREVER = { forever: 99 };
const SUN = { sunrise: 61, sunset: 62 };

/** A moment of the day: a time, or the sun's (hour and minute both say which) and minutes after it. */
const moment = record({
  hour: u8.range(0, 23).or(SUN),
  minute: u8.range(0, 59).or(SUN),
  offset: i8.unit("min").range(-60, 60),
});
const slot = record({ on: moment, off: moment, level: u8.unit("%").range(0, 100) });

const DAYS = { sunday: 0, monday: 1, tuesday: 2, wednesday: 3, thursday: 4, friday: 5, saturday: 6 };

/** Of several tasks for one moment the one with priority 1 wins; slots that are not used are all zero. */
const task = (daysOff: typeof bits | typeof wishes) => ({
  operation: oneOf({ deploy: 1, update: 2, delete: 3 }),
  profile: le.i32,
  start: record({ year, month, day }),
  end: record({ year: year.or(FOREVER), month: month.or(FOREVER), day: day.or(FOREVER) }),
  priority: u8.range(1, 5),
  cycle: oneOf({ "odd days": 2, "even days": 3, "every n days": 4, custom: 5 }),
  everyDays: u8,
  daysOff: daysOff(DAYS),
  channel: oneOf({ dim: 1 }),
  slots: blocks(slot, { count: 4 }),
});

/**
 * Zenopix Zenosmart LCCB luminaire controllers (D4i, DALI). The bytes are those of an integrator's documents, not checked with the maker.
 * A level that is set does not persist: the next slot of a task overrides it.
 */
export const zenopixLccb = defineCodec({
  id: "zenopix-lccb",
  version: 1,
  maker: "Zenopix",
  name: "Zenosmart LCCB",
  what: { en: "luminaire controller", fr: "contrôleur de luminaire" },
  uplink: {
    6: cases("answer", {
      /** `status` 0 is success. The clock is the device's own, without a time zone. */
      taskResult: {
        code: [0x87, 0x0c],
        fields: {
          status: u8,
          operation: u8,
          profile: le.i32,
          channel: u8,
          year: u8.plus(2000),
          month: u8,
          day: u8,
          hour: u8,
          minute: u8,
        },
      },
      storedTask: { code: [0x86, 0x2d], fields: { index: u8, ...task(bits) } },
      /** Length and body; an empty one is a sign of life. */
      telemetry: { code: 0x85, fields: { length: u8, body: hex("rest") } },
    }),
  },
  downlinkPort: 8,
  commands: {
    dim: command([0x84, 0x01], { level: u8.unit("%").range(0, 100) }),
    task: command([0x86, 0x2c], task(wishes)),
    "read-task": command([0x06, 0x01], { index: u8 }),
  },
  notCovered: [
    {
      en: "telemetry (opcode 85: supply, power factor, temperatures, LED, level, hours, tilt, faults): its places are not published, its body is kept as bytes",
      fr: "télémesure (code 85 : alimentation, facteur de puissance, températures, LED, niveau, heures, inclinaison, défauts) : ses places ne sont pas publiées, son corps est gardé en octets",
    },
    {
      en: "clock, reset, clear and rejoin (88, 89, 8A) and the interval: reported to have no effect in firmware 2.9.39",
      fr: "horloge, redémarrage, effacement et nouvelle jonction (88, 89, 8A) et intervalle : signalés sans effet dans le micrologiciel 2.9.39",
    },
    { en: "location: its bytes are not published", fr: "position : ses octets ne sont pas publiés" },
    { en: "whether the first slot of the 20 is 0 or 1", fr: "si la première des 20 places porte le numéro 0 ou 1" },
  ],
});
