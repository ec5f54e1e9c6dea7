import type { SameKeys } from "../catalogue.ts";
import type { deviceFr } from "./device-fr.ts";

export const deviceEn: SameKeys<typeof deviceFr> = {
  "device.title": "Device",
  "device.state.in-stock": "In stock",
  "device.state.installed": "Installed, not yet accepted",
  "device.state.accepted": "Accepted",
  "device.state.in-service": "In service",
  "device.state.faulty": "Declared faulty",
  "device.state.retired": "Retired",
  "device.since": "since {at}",
  "device.since-by": "since {at} ({by})",
  "device.on-time": "Heard at its usual pace",
  "device.silent": "No longer speaks at its usual pace",
  "device.never": "Not heard yet",
  "device.before": "Before it",
  "device.span": "from {since} to {until}",
  "device.span-open": "until {until}",
};
