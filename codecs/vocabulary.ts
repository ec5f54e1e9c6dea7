/**
 * The quantities of the house: one name, one UCUM unit, no unit in the name. A codec's field says which quantity it is, and a
 * declaration whose unit cannot become the quantity's unit does not load. `bool` for yes/no, `1` for pure numbers and words.
 */

export type QuantityKind = "gauge" | "total" | "flag" | "word";

export interface Quantity {
  readonly unit: string;
  readonly kind: QuantityKind;
}

const gauge = <const U extends string>(unit: U) => ({ unit, kind: "gauge" }) as const;
/** Only grows, until the meter is changed or wraps. */
const total = <const U extends string>(unit: U) => ({ unit, kind: "total" }) as const;
const flag = { unit: "bool", kind: "flag" } as const;
const word = { unit: "1", kind: "word" } as const;

export const VOCABULARY = {
  "battery.level": gauge("%"),
  "battery.voltage": gauge("V"),
  "device.temperature": gauge("Cel"),
  "device.uptime": gauge("s"),
  "device.tamper": flag,
  "device.tilt": gauge("deg"),

  "air.temperature": gauge("Cel"),
  "air.humidity": gauge("%"),
  "air.pressure": gauge("hPa"),
  "air.co2": gauge("[ppm]"),
  "air.pm1": gauge("ug/m3"),
  "air.pm2_5": gauge("ug/m3"),
  "air.pm4": gauge("ug/m3"),
  "air.pm10": gauge("ug/m3"),
  "air.tvoc": gauge("ug/m3"),
  "air.tvocIndex": gauge("1"),
  "air.illuminance": gauge("lx"),
  "wind.speed": gauge("m/s"),
  "wind.direction": gauge("deg"),
  "rain.total": total("mm"),
  "uv.index": gauge("1"),

  "sound.leq": gauge("dB"),
  "sound.max": gauge("dB"),
  "sound.instant": gauge("dB"),
  "sound.weighting": word,

  "lamp.level": gauge("%"),
  "lamp.on": flag,
  "lamp.reason": word,
  "lamp.energy": total("Wh"),
  "lamp.power": gauge("W"),
  "lamp.voltage": gauge("V"),
  "lamp.current": gauge("A"),
  "lamp.powerFactor": gauge("1"),
  "lamp.onTime": total("h"),
  "lamp.failure": flag,
  "gear.failure": flag,
  "relay.failure": flag,

  "container.distance": gauge("mm"),
  "container.level": gauge("%"),
  "container.tilted": flag,
  "container.fire": flag,

  "parking.occupied": flag,
  "parking.previousDuration": gauge("s"),
  "count.in": total("1"),
  "count.out": total("1"),

  "meter.water.total": total("m3"),
  "meter.water.delta": gauge("m3"),
  "meter.energy.total": total("Wh"),
  "meter.energy.delta": gauge("Wh"),
  "meter.energy.reactive": total("var.h"),
  "meter.gas.total": total("m3"),
  "power.active": gauge("W"),
  "power.apparent": gauge("VA"),
  "power.voltage": gauge("V"),
  "power.current": gauge("A"),
  "power.factor": gauge("1"),
  "relay.closed": flag,
  "pulse.total": total("1"),
  "pulse.delta": gauge("1"),
  leak: flag,
  "valve.open": flag,

  "contact.open": flag,
  motion: flag,
  occupancy: flag,
  "smoke.alarm": flag,
} as const satisfies Record<string, Quantity>;

/** `count.direction.<name>`: one counter per direction the installer named. */
export type DirectionCount = `count.direction.${string}`;
type Named = keyof typeof VOCABULARY;
type NamedOfKind<K extends QuantityKind> = {
  [N in Named]: (typeof VOCABULARY)[N]["kind"] extends K ? N : never;
}[Named];

export type NumericQuantity = NamedOfKind<"gauge" | "total"> | DirectionCount;
export type FlagQuantity = NamedOfKind<"flag">;
export type WordQuantity = NamedOfKind<"word">;
export type QuantityName = NumericQuantity | FlagQuantity | WordQuantity;

const DIRECTION_COUNT: Quantity = total("1");
const entries: ReadonlyMap<string, Quantity> = new Map(Object.entries(VOCABULARY));

/** The quantity behind a measurement's name, with or without `@instance`; `undefined` when the vocabulary has no such name. */
export function quantityOf(measurement: string): Quantity | undefined {
  const at = measurement.indexOf("@");
  const name = at < 0 ? measurement : measurement.slice(0, at);
  return entries.get(name) ?? (/^count\.direction\.[^.\s]+$/.test(name) ? DIRECTION_COUNT : undefined);
}
