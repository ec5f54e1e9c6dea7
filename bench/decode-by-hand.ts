/**
 * What a careful programmer would write by hand for three frames: the same checks, the same warnings, the same object as the
 * codecs of the catalogue. It is the yardstick of `bench decode`, and of nothing else.
 */
import { significant } from "../codecs/language/compile/number.ts";
import type { Decoded, Measurement, Warning } from "../codecs/words.ts";

class Refused extends Error {}

const at = (bytes: Uint8Array, index: number, count: number): number => {
  if (index + count > bytes.length) throw new Refused(`${count} bytes at ${index}`);
  return index;
};

const u16le = (b: Uint8Array, i: number) => b[i]! | (b[i + 1]! << 8);
const u16be = (b: Uint8Array, i: number) => (b[i]! << 8) | b[i + 1]!;
const i16le = (b: Uint8Array, i: number) => ((b[i]! << 16) | (b[i + 1]! << 24)) >> 16;
const i16be = (b: Uint8Array, i: number) => ((b[i]! << 24) | (b[i + 1]! << 16)) >> 16;
const u32le = (b: Uint8Array, i: number) => (b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24)) >>> 0;

const warn = (warnings: Warning[], code: string, message: string, offset: number): void => {
  warnings.push({ code, message, offset });
};

interface Em400 {
  battery?: number;
  temperature?: number;
  distance?: number;
  position?: "normal" | "tilt";
}

export function em400(bytes: Uint8Array): Decoded {
  const fields: Em400 = {};
  const measurements: Measurement[] = [];
  const warnings: Warning[] = [];
  let i = 0;
  while (i < bytes.length) {
    const start = at(bytes, i, 2);
    const key = u16be(bytes, start);
    i += 2;
    if (key === 0x0175) {
      const battery = bytes[at(bytes, i, 1)]!;
      i += 1;
      if (battery > 100) warn(warnings, "value.range", `battery is ${battery}`, start);
      if (fields.battery !== undefined) warn(warnings, "channel.repeated", "battery", start);
      fields.battery = battery;
      measurements.push({ name: "battery.level", value: battery, unit: "%" });
    } else if (key === 0x0367) {
      const temperature = i16le(bytes, at(bytes, i, 2)) / 10;
      i += 2;
      if (fields.temperature !== undefined) warn(warnings, "channel.repeated", "temperature", start);
      fields.temperature = temperature;
      measurements.push({ name: "device.temperature", value: temperature, unit: "Cel" });
    } else if (key === 0x0482) {
      const distance = u16le(bytes, at(bytes, i, 2));
      i += 2;
      if (fields.distance !== undefined) warn(warnings, "channel.repeated", "distance", start);
      fields.distance = distance;
      measurements.push({ name: "container.distance", value: distance, unit: "mm" });
    } else if (key === 0x0500) {
      const code = bytes[at(bytes, i, 1)]!;
      i += 1;
      if (code > 1) warn(warnings, "code.unknown", `position: ${code}`, start);
      else {
        if (fields.position !== undefined) warn(warnings, "channel.repeated", "position", start);
        fields.position = code === 1 ? "tilt" : "normal";
        measurements.push({ name: "container.tilted", value: code === 1, unit: "bool" });
      }
    } else {
      warn(warnings, "channel.unknown", `channel ${key.toString(16)}`, start);
      break;
    }
  }
  return {
    model: "milesight-em400",
    codec: "milesight-em400@1",
    fPort: 85,
    fields: { ...fields },
    measurements,
    history: [],
    warnings,
  };
}

interface Elsys {
  temperature?: number;
  humidity?: number;
  light?: number;
  motion?: number;
  co2?: number;
}

export function elsys(bytes: Uint8Array): Decoded {
  const fields: Elsys = {};
  const measurements: Measurement[] = [];
  const warnings: Warning[] = [];
  let i = 0;
  while (i < bytes.length) {
    const start = i++;
    const key = bytes[start]!;
    if (key === 0x01) {
      const temperature = i16be(bytes, at(bytes, i, 2)) / 10;
      i += 2;
      if (fields.temperature !== undefined) warn(warnings, "channel.repeated", "temperature", start);
      fields.temperature = temperature;
      measurements.push({ name: "air.temperature", value: temperature, unit: "Cel" });
    } else if (key === 0x02) {
      const humidity = bytes[at(bytes, i, 1)]!;
      i += 1;
      if (humidity > 100) warn(warnings, "value.range", `humidity is ${humidity}`, start);
      if (fields.humidity !== undefined) warn(warnings, "channel.repeated", "humidity", start);
      fields.humidity = humidity;
      measurements.push({ name: "air.humidity", value: humidity, unit: "%" });
    } else if (key === 0x04) {
      const light = u16be(bytes, at(bytes, i, 2));
      i += 2;
      if (fields.light !== undefined) warn(warnings, "channel.repeated", "light", start);
      fields.light = light;
      measurements.push({ name: "air.illuminance", value: light, unit: "lx" });
    } else if (key === 0x05) {
      const motion = bytes[at(bytes, i, 1)]!;
      i += 1;
      if (fields.motion !== undefined) warn(warnings, "channel.repeated", "motion", start);
      fields.motion = motion;
      measurements.push({ name: "motion", value: motion > 0, unit: "bool" });
    } else if (key === 0x06) {
      const co2 = u16be(bytes, at(bytes, i, 2));
      i += 2;
      if (fields.co2 !== undefined) warn(warnings, "channel.repeated", "co2", start);
      fields.co2 = co2;
      measurements.push({ name: "air.co2", value: co2, unit: "[ppm]" });
    } else {
      warn(warnings, "channel.unknown", `channel ${key.toString(16)}`, start);
      break;
    }
  }
  return { model: "elsys", codec: "elsys@1", fPort: 5, fields: { ...fields }, measurements, history: [], warnings };
}

const address = (code: number): string | undefined => {
  if (code === 0xff) return "all-drivers";
  if (code === 0xfe) return "broadcast";
  if (code === 0x01) return "output";
  if (code % 2 !== 0 || code > 0x9e) return undefined;
  return code < 0x80 ? `driver ${code / 2}` : `group ${(code - 0x80) / 2}`;
};

const reason = (code: number): string | undefined => {
  if (code < 8) return `profile ${code}`;
  if (code === 0x15) return "calendar day";
  if (code === 0x16) return "calendar night";
  if (code >= 0x30 && code < 0x40) return `dawn step ${code - 0x30}`;
  if (code >= 0x50 && code < 0x60) return `dusk step ${code - 0x50}`;
  if (code === 0x70 || code === 0x71) return `digital input ${code - 0x70}`;
  if (code >= 0x80 && code < 0x88) return `light step ${code - 0x80}`;
  return (
    { 245: "relay off", 246: "driver missing", 248: "fallback", 250: "LDR", 252: "DIG", 253: "manual" } as Record<
      number,
      string
    >
  )[code];
};

const bit = (byte: number, index: number): boolean => ((byte >> index) & 1) === 1;

interface Sensors {
  ldr?: number;
  light?: number;
  digitalInput?: { on: boolean };
  tilt?: number;
}

function nasSensors(
  bytes: Uint8Array,
  from: number,
  to: number,
  measurements: Measurement[],
  warnings: Warning[],
): Sensors {
  const sensors: Sensors = {};
  let i = from;
  while (i < to) {
    const start = i++;
    const key = bytes[start]!;
    if (i + (key === 2 ? 2 : 1) > to) {
      warn(warnings, "frame.truncated", "sensors", start);
      break;
    }
    if (key === 1) sensors.ldr = bytes[i++]!;
    else if (key === 2) {
      const raw = u16le(bytes, i);
      i += 2;
      if (raw === 0xffff) warn(warnings, "value.absent", "light", start);
      else {
        const lux = significant(10 ** ((raw & 0x7fff) / 4000) / 1000, 8);
        if (lux < 0.001 || lux > 160_000) warn(warnings, "value.range", `light is ${lux}`, start);
        sensors.light = lux;
        measurements.push({ name: "air.illuminance", value: significant(lux, 4), unit: "lx" });
      }
    } else if (key === 4) {
      const byte = bytes[i++]!;
      if (byte > 1) warn(warnings, "bits.unnamed", `digitalInput ${byte}`, start);
      sensors.digitalInput = { on: bit(byte, 0) };
    } else if (key === 8) {
      sensors.tilt = bytes[i++]!;
      measurements.push({ name: "device.tilt", value: sensors.tilt, unit: "deg" });
    } else {
      warn(warnings, "channel.unknown", `channel ${key.toString(16)}`, start);
      break;
    }
  }
  return sensors;
}

interface Lamp {
  address?: string;
  reason?: string;
  level?: number;
  dali?: Record<string, boolean>;
}

const daliOf = (s: number) => ({
  driverError: bit(s, 0),
  lampFailure: bit(s, 1),
  lampOn: bit(s, 2),
  limitError: bit(s, 3),
  fading: bit(s, 4),
  reset: bit(s, 5),
  addressMissing: bit(s, 6),
  powerFailure: bit(s, 7),
});

function nasLamp(bytes: Uint8Array, i: number, warnings: Warning[], measured: Measurement[]): Lamp {
  const lamp: Lamp = {};
  const who = address(bytes[i]!);
  if (who === undefined) warn(warnings, "code.unknown", `address ${bytes[i]}`, i);
  else lamp.address = who;
  const why = reason(bytes[i + 1]!);
  if (why === undefined) warn(warnings, "code.unknown", `reason ${bytes[i + 1]}`, i + 1);
  else {
    lamp.reason = why;
    measured.push({ name: "lamp.reason", value: why, unit: "1" });
  }
  const level = bytes[i + 2]!;
  if (level === 0xff) warn(warnings, "value.absent", "level", i + 2);
  else {
    if (level > 100) warn(warnings, "value.range", `level is ${level}`, i + 2);
    lamp.level = level;
    measured.push({ name: "lamp.level", value: level, unit: "%" });
  }
  const status = bytes[i + 3]!;
  if (status === 0xff) warn(warnings, "value.absent", "dali", i + 3);
  else {
    lamp.dali = daliOf(status);
    measured.push({ name: "gear.failure", value: bit(status, 0), unit: "bool" });
    measured.push({ name: "lamp.failure", value: bit(status, 1), unit: "bool" });
    measured.push({ name: "lamp.on", value: bit(status, 2), unit: "bool" });
  }
  return lamp;
}

const isWhole = (one: string | undefined): boolean => one === "broadcast" || one === "all-drivers";

function nasNames(
  lamps: readonly Lamp[],
  byLamp: readonly (readonly Measurement[])[],
  measurements: Measurement[],
): void {
  const given = new Set<string>();
  const parts = new Set<string | undefined>();
  lamps.forEach((lamp, i) => {
    if (isWhole(lamp.address)) for (const one of byLamp[i]!) given.add(one.name);
    else parts.add(lamp.address);
  });
  lamps.forEach((lamp, i) => {
    const suffix = `@${(lamp.address ?? "unknown").replaceAll(" ", "")}`;
    for (const one of byLamp[i]!) {
      const plain = isWhole(lamp.address) || (parts.size === 1 && !given.has(one.name));
      measurements.push(plain ? one : { name: one.name + suffix, value: one.value, unit: one.unit });
    }
  });
}

export function nasStatus(bytes: Uint8Array): Decoded {
  const measurements: Measurement[] = [];
  const warnings: Warning[] = [];
  at(bytes, 0, 12);
  const format = ["before 1.1.4", "from 1.1.4"][bytes[0]!];
  if (format === undefined) warn(warnings, "code.unknown", `format ${bytes[0]}`, 0);
  const time = u32le(bytes, 1);
  const [s, c, a] = [bytes[5]!, bytes[6]!, bytes[10]!];
  if ((s & 0x09) !== 0) warn(warnings, "bits.unnamed", `state ${s}`, 5);
  if ((c & 0x3b) !== 0) warn(warnings, "bits.unnamed", `connections ${c}`, 6);
  if ((a & 0x0f) !== 0) warn(warnings, "bits.unnamed", `alerts ${a}`, 10);
  const temperature = (bytes[9]! << 24) >> 24;
  measurements.push({ name: "device.temperature", value: temperature, unit: "Cel" });
  const end = at(bytes, 12, bytes[11]!) + bytes[11]!;
  const sensors = nasSensors(bytes, 12, end, measurements, warnings);
  const lamps: Lamp[] = [];
  const byLamp: Measurement[][] = [];
  let i = end;
  for (; i + 4 <= bytes.length; i += 4) {
    const measured: Measurement[] = [];
    lamps.push(nasLamp(bytes, i, warnings, measured));
    byLamp.push(measured);
  }
  if (i < bytes.length) warn(warnings, "frame.truncated", "lamps", i);
  nasNames(lamps, byLamp, measurements);
  const fields = {
    ...(format === undefined ? {} : { format }),
    time,
    state: {
      daliError: bit(s, 1),
      ldrOn: bit(s, 2),
      digitalOn: bit(s, 4),
      meterError: bit(s, 5),
      clockWarning: bit(s, 6),
      relayClosed: bit(s, 7),
    },
    connections: { openDrainOn: bit(c, 2), lumalinkConnected: bit(c, 6), lumalinkSinceBoot: bit(c, 7) },
    rssi: 0 - bytes[7]!,
    snr: (bytes[8]! << 24) >> 24,
    temperature,
    alerts: { voltage: bit(a, 4), lampError: bit(a, 5), power: bit(a, 6), powerFactor: bit(a, 7) },
    sensors,
    lamps,
  };
  const decoded = {
    model: "nas-ul20xx",
    codec: "nas-ul20xx@1",
    fPort: 23,
    fields,
    measurements,
    history: [],
    warnings,
  };
  if (time * 1000 < Date.UTC(2000, 0, 1)) {
    warn(warnings, "clock.unset", "time", 1);
    return decoded;
  }
  return { ...decoded, deviceTime: time * 1000 };
}
