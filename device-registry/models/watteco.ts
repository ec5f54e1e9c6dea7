/** What every Watteco device can be told, whatever it measures. */
export const WATTECO_SETTINGS: readonly string[] = ["reboot", "factory-reset", "confirmed-uplinks", "retries"];
