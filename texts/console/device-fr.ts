/** The device that serves an asset, and those before it. */
export const deviceFr = {
  "device.title": "Appareil",
  "device.state.in-stock": "En stock",
  "device.state.installed": "Posé, pas encore recetté",
  "device.state.accepted": "Recetté",
  "device.state.in-service": "En service",
  "device.state.faulty": "Déclaré en panne",
  "device.state.retired": "Retiré",
  "device.since": "depuis le {at}",
  "device.since-by": "depuis le {at} ({by})",
  "device.on-time": "Entendu à son rythme",
  "device.silent": "Ne parle plus à son rythme",
  "device.never": "Pas encore entendu",
  "device.before": "Avant lui",
  "device.span": "du {since} au {until}",
  "device.span-open": "jusqu’au {until}",
} as const;
