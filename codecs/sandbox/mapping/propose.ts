/** Proposes a mapping table from what a codec returned: names say the quantity, names and values say the unit. */
import { quantityOf } from "../../vocabulary.ts";
import { isObject, type JsonObject } from "../results.ts";
import { type MappingRow, numberIn } from "./mapping.ts";
import { extendPath } from "./path.ts";
import { type Conversion, conversionTo, isUnit } from "./units.ts";

interface Rule {
  readonly quantity: string;
  /** Matched against the path's words, lower case, joined by blanks and surrounded by them. */
  readonly words: RegExp;
  /** The unit when neither name nor value says it; sizes tell volts from percent. */
  readonly usual?: (size: number) => string | undefined;
  readonly yes?: MappingRow["yes"];
}

/** Settings, limits and statistics of a value are not the value. */
const notAValue =
  / (alarm|alert|threshold|limit|setpoint|target|calibration|offset|interval|period|min|max|minimum|maximum|avg|average|unit|units|raw|version|delta|change|mutation|status text|soil|water temperature) /;

const asMillivolts = (size: number) => (size > 1000 ? "mV" : "V");

/** In order: the first rule that fits a path is taken, so the particular stands before the general. */
const rules: readonly Rule[] = [
  {
    quantity: "battery.voltage",
    words: / (batv|vbat|vdd|batteryvoltage|(bat|batt|battery) .*(v|mv|volt|voltage)) /,
    usual: asMillivolts,
  },
  {
    quantity: "battery.level",
    words: / (bat|batt|battery)( (level|percent|percentage|pct|%|soc|remaining))? /,
    usual: (size) => (size > 5 && size <= 100 ? "%" : undefined),
  },
  { quantity: "battery.voltage", words: / (bat|batt|battery) /, usual: asMillivolts },
  {
    quantity: "device.temperature",
    words: / (board|chip|cpu|mcu|internal|device) (temperature|temp) /,
    usual: () => "C",
  },
  { quantity: "air.temperature", words: / (temperature|temp|tempc|ambienttemperature) /, usual: () => "C" },
  {
    quantity: "air.humidity",
    words: / (humidity|hum|rh|relativehumidity) /,
    usual: (size) => (size > 1 || size === 0 ? "%" : undefined),
  },
  {
    quantity: "air.pressure",
    words: / (barometric|atmospheric|air|barometer|pressure)( pressure)? /,
    usual: (size) => (size > 10_000 ? "Pa" : size > 300 ? "hPa" : undefined),
  },
  { quantity: "air.co2", words: / (co ?2) /, usual: () => "ppm" },
  { quantity: "air.pm2_5", words: / pm ?2 ?5 /, usual: () => "ug/m3" },
  { quantity: "air.pm10", words: / pm ?10 /, usual: () => "ug/m3" },
  { quantity: "air.pm1", words: / pm ?1( 0)? /, usual: () => "ug/m3" },
  { quantity: "air.pm4", words: / pm ?4( 0)? /, usual: () => "ug/m3" },
  {
    quantity: "air.illuminance",
    words: / (illuminance|illumination|lux|light intensity|brightness lux) /,
    usual: () => "lx",
  },
  { quantity: "wind.speed", words: / wind ?speed /, usual: () => "m/s" },
  { quantity: "wind.direction", words: / wind ?direction /, usual: () => "deg" },
  { quantity: "sound.leq", words: / (laeq|leq) /, usual: () => "dB" },
  { quantity: "sound.max", words: / (lamax|lafmax|lmax) /, usual: () => "dB" },
  { quantity: "container.distance", words: / distance /, usual: () => "mm" },
  { quantity: "container.level", words: / (fill|filling|fill ?level) /, usual: () => "%" },
  { quantity: "container.tilted", words: / (tilt|tilted|position) /, yes: [true, 1, "tilt", "tilted"] },
  { quantity: "parking.occupied", words: / (parking|occupied|parking status) /, yes: [true, 1, "occupied", "busy"] },
  { quantity: "occupancy", words: / occupancy /, yes: [true, 1, "occupied"] },
  { quantity: "motion", words: / (motion|pir|movement) /, yes: [true, 1, "motion", "trigger", "detected"] },
  {
    quantity: "leak",
    words: / (leak|leakage|water leak|leakage status) /,
    yes: [true, 1, "leak", "leaking", "detected"],
  },
  { quantity: "smoke.alarm", words: / smoke /, yes: [true, 1, "alarm", "smoke"] },
  {
    quantity: "contact.open",
    words: / (door|contact|magnet|window|reed)( state| status)? /,
    yes: [true, 1, "open", "opened"],
  },
  { quantity: "valve.open", words: / valve( state| status)? /, yes: [true, 1, "open", "opened"] },
  { quantity: "device.tamper", words: / tamper( status)? /, yes: [true, 1, "tampered", "uninstalled"] },
  { quantity: "meter.water.total", words: / (water|volume)( (total|volume|index))? /, usual: () => undefined },
  { quantity: "meter.energy.total", words: / (energy|active energy|power consumption|consumption)( total| index)? / },
  { quantity: "power.active", words: / (power|active power|wattage) /, usual: () => "W" },
  { quantity: "count.in", words: / ((total )?(in|counter in|count in|people in|entries)) /, usual: () => "" },
  { quantity: "count.out", words: / ((total )?(out|counter out|count out|people out|exits)) /, usual: () => "" },
  { quantity: "pulse.total", words: / (pulse|pulses|pulse count|counter)( total)? /, usual: () => "" },
];

interface Leaf {
  readonly path: string;
  readonly words: string;
  readonly values: unknown[];
  /** A unit that stands beside the value: `{value, unit}`. */
  unit: string | undefined;
}

/** `batteryVoltage_mV` → "battery voltage mv": words are split at capitals, units are not. */
function wordsOf(key: string): string {
  return key
    .replace(/(mV|mA|mW|kW|kWh|MWh|Wh|hPa|kPa|dBA?|VA|°C|°F)$/, (unit) => ` ${unit.toLowerCase()}`)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/([A-Za-z])(\d)/g, "$1 $2")
    .replace(/[^A-Za-z0-9%/]+/g, " ")
    .trim()
    .toLowerCase();
}

function gather(value: unknown, path: string, words: string, leaves: Map<string, Leaf>, unit?: string): void {
  // History and batches are lists of the same thing; only what stands under a name of its own can be mapped.
  if (Array.isArray(value)) return;
  if (isObject(value)) {
    const beside = typeof value.unit === "string" ? value.unit : undefined;
    for (const [key, child] of Object.entries(value)) {
      if (key === "unit" && beside !== undefined) continue;
      const own = key === "value" ? words : `${words} ${wordsOf(key)}`.trim();
      const named = value[`${key}_unit`] ?? value[`${key}Unit`];
      gather(child, extendPath(path, key), own, leaves, typeof named === "string" ? named : beside);
    }
    return;
  }
  const leaf = leaves.get(path) ?? { path, words, values: [], unit };
  leaf.unit ??= unit;
  leaf.values.push(value);
  leaves.set(path, leaf);
}

function conversionOf(rule: Rule, unit: string, leaf: Leaf): Conversion | undefined {
  if (leaf.unit !== undefined) return conversionTo(unit, leaf.unit);
  const text = leaf.values.find((value) => typeof value === "string");
  const written = typeof text === "string" ? /\d\s*([^\d\s.]{1,8})\s*$/.exec(text)?.[1] : undefined;
  if (written !== undefined) return conversionTo(unit, written);
  const last = leaf.words.split(" ").at(-1) ?? "";
  if (isUnit(last)) {
    const named = conversionTo(unit, last);
    if (named !== undefined || last.length > 1) return named;
  }
  const sizes = leaf.values.map(numberIn).filter((size) => size !== undefined);
  if (sizes.length === 0) return undefined;
  const usual = rule.usual?.(Math.max(...sizes.map(Math.abs)));
  if (usual === "") return { scale: 1 };
  return usual === undefined ? undefined : conversionTo(unit, usual);
}

function rowFor(leaf: Leaf): MappingRow | undefined {
  const words = ` ${leaf.words} `;
  if (notAValue.test(words)) return undefined;
  for (const rule of rules) {
    const quantity = quantityOf(rule.quantity);
    if (quantity === undefined || !rule.words.test(words)) continue;
    if (quantity.kind === "flag") {
      if (leaf.values.some((value) => typeof value === "object")) continue;
      return {
        path: leaf.path,
        quantity: rule.quantity,
        unit: quantity.unit,
        scale: 1,
        ...(rule.yes && { yes: rule.yes }),
      };
    }
    const conversion = conversionOf(rule, quantity.unit, leaf);
    if (conversion !== undefined)
      return { path: leaf.path, quantity: rule.quantity, unit: quantity.unit, ...conversion };
  }
  return undefined;
}

/**
 * A table for a person to look over, from some of a codec's outputs (`data`). What it cannot place by name and unit it leaves
 * out: a missing row is seen at once, a wrong one is believed. Fields that map to the same quantity get `@` and their name.
 */
export function proposeMapping(samples: readonly JsonObject[]): MappingRow[] {
  const leaves = new Map<string, Leaf>();
  for (const sample of samples) gather(sample, "", "", leaves);
  const rows: MappingRow[] = [];
  const taken = new Set<string>();
  for (const leaf of leaves.values()) {
    const row = rowFor(leaf);
    if (row === undefined) continue;
    const quantity = taken.has(row.quantity) ? `${row.quantity}@${leaf.words.replace(/ /g, "-")}` : row.quantity;
    if (taken.has(quantity)) continue;
    taken.add(quantity);
    rows.push({ ...row, quantity });
  }
  return rows;
}
