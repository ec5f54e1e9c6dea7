/**
 * Where a measurement goes in NGSI-LD: entity types and attributes of the Smart Data Models (schema.json of Streetlighting 0.2.1,
 * WasteManagement 0.3.0, Parking 0.1.0, Environment, Weather 0.3.4, WaterConsumption 0.0.2, Device 0.0.9). Ratios there are 0 to 1
 * where ours are percent. A quantity without a row has no attribute in them; nothing is put under a name of our own.
 */
import type { CodecShape, FieldShape } from "./language/shape.ts";
import type { QuantityName } from "./vocabulary.ts";

/** The types of the Smart Data Models that the house's models are about. `DeviceMeasurement` is for what no other type has a place for. */
export type EntityType =
  | "Streetlight"
  | "StreetlightControlCabinet"
  | "WasteContainer"
  | "ParkingSpot"
  | "CrowdFlowObserved"
  | "TrafficFlowObserved"
  | "AirQualityObserved"
  | "NoiseLevelObserved"
  | "WeatherObserved"
  | "WaterConsumptionObserved"
  | "ACMeasurement"
  | "DeviceMeasurement";

export interface NgsiLdRow {
  readonly entity: EntityType | "Device";
  readonly attribute: string;
  /** The attribute's value is ours divided by this. */
  readonly per?: number;
  /** The attribute's words for yes and no. */
  readonly words?: { readonly yes: string; readonly no: string };
}

const ROWS: { readonly [Q in QuantityName]?: NgsiLdRow } = {
  "battery.level": { entity: "Device", attribute: "batteryLevel", per: 100 },
  "lamp.on": { entity: "Streetlight", attribute: "powerState", words: { yes: "on", no: "off" } },
  "lamp.level": { entity: "Streetlight", attribute: "illuminanceLevel", per: 100 },
  "lamp.power": { entity: "Streetlight", attribute: "powerConsumption" },
  "lamp.voltage": { entity: "Streetlight", attribute: "voltage" },
  "lamp.current": { entity: "Streetlight", attribute: "current" },
  "lamp.powerFactor": { entity: "Streetlight", attribute: "powerFactor" },
  "container.level": { entity: "WasteContainer", attribute: "fillingLevel", per: 100 },
  "parking.occupied": { entity: "ParkingSpot", attribute: "status", words: { yes: "occupied", no: "free" } },
  "air.temperature": { entity: "AirQualityObserved", attribute: "temperature" },
  "air.humidity": { entity: "AirQualityObserved", attribute: "relativeHumidity", per: 100 },
  "air.co2": { entity: "AirQualityObserved", attribute: "co2" },
  "air.pm1": { entity: "AirQualityObserved", attribute: "pm1" },
  "air.pm2_5": { entity: "AirQualityObserved", attribute: "pm25" },
  "air.pm10": { entity: "AirQualityObserved", attribute: "pm10" },
  "air.tvoc": { entity: "AirQualityObserved", attribute: "volatileOrganicCompoundsTotal" },
  "air.pressure": { entity: "WeatherObserved", attribute: "atmosphericPressure" },
  "air.illuminance": { entity: "WeatherObserved", attribute: "illuminance" },
  "wind.speed": { entity: "WeatherObserved", attribute: "windSpeed" },
  "wind.direction": { entity: "WeatherObserved", attribute: "windDirection" },
  "sound.leq": { entity: "NoiseLevelObserved", attribute: "LAeq" },
  "sound.max": { entity: "NoiseLevelObserved", attribute: "LAmax" },
  "meter.water.total": { entity: "WaterConsumptionObserved", attribute: "waterConsumption" },
};

/** What an entity of this type has an attribute of its own for. */
const ROWS_OF: { readonly [T in EntityType]?: { readonly [Q in QuantityName]?: NgsiLdRow } } = {
  WeatherObserved: {
    "air.temperature": { entity: "WeatherObserved", attribute: "temperature" },
    "air.humidity": { entity: "WeatherObserved", attribute: "relativeHumidity", per: 100 },
  },
  StreetlightControlCabinet: {
    // In kWh there.
    "meter.energy.total": { entity: "StreetlightControlCabinet", attribute: "energyConsumed", per: 1_000 },
  },
};

/** The row of a measurement of a device about `entityType`, its instance set aside; undefined where nothing has an attribute for it. */
export const ngsiLdRow = (measurement: string, entityType?: EntityType): NgsiLdRow | undefined => {
  const quantity = measurement.split("@", 1)[0] as QuantityName;
  return (entityType && ROWS_OF[entityType]?.[quantity]) ?? ROWS[quantity];
};

/** Our value as the attribute's. */
export const ngsiLdValue = (row: NgsiLdRow, value: number | boolean | string): number | boolean | string => {
  if (row.words !== undefined && typeof value === "boolean") return value ? row.words.yes : row.words.no;
  return row.per !== undefined && typeof value === "number" ? value / row.per : value;
};

const measuredIn = (fields: readonly FieldShape[]): string[] =>
  fields.flatMap(({ measures, fields: inner }) => [...measures.map(({ name }) => name), ...measuredIn(inner ?? [])]);

/** The mapping of a codec, from its shape: each measurement it gives that has an attribute, once. */
export const ngsiLdMapping = (
  shape: CodecShape,
  entityType?: EntityType,
): readonly (NgsiLdRow & { readonly measurement: string })[] => {
  const names = new Set(shape.uplinks.flatMap(({ fields }) => measuredIn(fields)));
  return [...names].flatMap((measurement) => {
    const row = ngsiLdRow(measurement, entityType);
    return row === undefined ? [] : [{ measurement, ...row }];
  });
};
