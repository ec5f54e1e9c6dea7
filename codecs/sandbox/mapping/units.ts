/** How the units published codecs use become the vocabulary's: value × scale + offset. */

export interface Conversion {
  readonly scale: number;
  readonly offset?: number;
}

/** UCUM unit of the vocabulary → spelling in lower case, without degree signs, spaces and underscores → conversion. */
const conversions: Readonly<Record<string, Readonly<Record<string, Conversion>>>> = {
  V: { v: { scale: 1 }, volt: { scale: 1 }, volts: { scale: 1 }, mv: { scale: 0.001 }, millivolt: { scale: 0.001 } },
  A: { a: { scale: 1 }, amp: { scale: 1 }, ma: { scale: 0.001 } },
  Cel: {
    c: { scale: 1 },
    cel: { scale: 1 },
    celsius: { scale: 1 },
    degc: { scale: 1 },
    f: { scale: 5 / 9, offset: -160 / 9 },
    degf: { scale: 5 / 9, offset: -160 / 9 },
    fahrenheit: { scale: 5 / 9, offset: -160 / 9 },
    k: { scale: 1, offset: -273.15 },
  },
  "%": { "%": { scale: 1 }, percent: { scale: 1 }, pct: { scale: 1 }, "%rh": { scale: 1 }, rh: { scale: 1 } },
  hPa: { hpa: { scale: 1 }, mbar: { scale: 1 }, pa: { scale: 0.01 }, kpa: { scale: 10 }, bar: { scale: 1000 } },
  mm: { mm: { scale: 1 }, cm: { scale: 10 }, m: { scale: 1000 }, dm: { scale: 100 } },
  m3: { m3: { scale: 1 }, "m³": { scale: 1 }, l: { scale: 0.001 }, litre: { scale: 0.001 }, liter: { scale: 0.001 } },
  Wh: { wh: { scale: 1 }, kwh: { scale: 1000 }, mwh: { scale: 1e6 } },
  W: { w: { scale: 1 }, kw: { scale: 1000 }, mw: { scale: 0.001 } },
  VA: { va: { scale: 1 }, kva: { scale: 1000 } },
  lx: { lx: { scale: 1 }, lux: { scale: 1 }, klx: { scale: 1000 } },
  "m/s": {
    "m/s": { scale: 1 },
    mps: { scale: 1 },
    ms: { scale: 1 },
    "km/h": { scale: 1 / 3.6 },
    kmh: { scale: 1 / 3.6 },
  },
  deg: { deg: { scale: 1 }, degree: { scale: 1 }, degrees: { scale: 1 }, "": { scale: 1 } },
  s: {
    s: { scale: 1 },
    sec: { scale: 1 },
    min: { scale: 60 },
    h: { scale: 3600 },
    d: { scale: 86400 },
    ms: { scale: 0.001 },
  },
  h: { h: { scale: 1 }, hours: { scale: 1 }, s: { scale: 1 / 3600 }, min: { scale: 1 / 60 } },
  dB: { db: { scale: 1 }, dba: { scale: 1 }, "db(a)": { scale: 1 } },
  "[ppm]": { ppm: { scale: 1 } },
  "ug/m3": {
    "ug/m3": { scale: 1 },
    "µg/m³": { scale: 1 },
    "μg/m³": { scale: 1 },
    ugm3: { scale: 1 },
    "mg/m3": { scale: 1000 },
  },
};

/** Undefined when the spelling is unknown or measures something else. */
export function conversionTo(unit: string, spelling: string): Conversion | undefined {
  return conversions[unit]?.[spelling.toLowerCase().replace(/[°º\s_]/g, "")];
}

/** Whether some unit of the vocabulary is spelled like this: then a name's last word is a unit and not a meaning. */
export function isUnit(spelling: string): boolean {
  return Object.keys(conversions).some((unit) => spelling !== "" && conversionTo(unit, spelling) !== undefined);
}
