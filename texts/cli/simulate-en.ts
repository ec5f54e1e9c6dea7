import type { SameKeys } from "../catalogue.ts";
import type { simulateFr } from "./simulate-fr.ts";

export const simulateEn: SameKeys<typeof simulateFr> = {
  "command.simulate.long":
    "Puts a simulated commune on a ChirpStack 4: a virtual antenna and invented devices are registered through its API, join over the simulated air (eu868), report and obey commands, until Ctrl-C. Everything happens in a tenant of its own; nothing else is touched.",
  "command.simulate.chirpstack": "aim at a ChirpStack, the only target in this version",
  "command.simulate.mqtt": "MQTT broker of its antennas and events (else this machine’s)",
  "command.simulate.api": "its gRPC API (else 127.0.0.1:8080)",
  "command.simulate.key": "file with a global API key on its first line",
  "command.simulate.commune": "INSEE code of the commune to simulate (else 88383)",
  "command.simulate.devices": "number of devices, 10 to 500 (else 20)",
  "command.simulate.every": "seconds between two reports of a device (else 60)",
  "command.simulate.minutes": "stop after so many minutes (else at Ctrl-C)",
  "command.simulate.remove": "at the end, remove from ChirpStack all that was put there",
  "command.simulate.example.here": "Twenty devices on this machine’s ChirpStack:",
  "command.simulate.example.load": "A load of 500 devices for an hour, then remove it all:",
  "command.simulate.example.remove": "Remove what a trial left behind:",
  "simulate.begin": "Registering {n} devices in ChirpStack ({api})…",
  "simulate.ready":
    "Tenant {tenant}: antenna {gateway}, {n} devices, {created} of them new. DevEUIs, keys and measurements are invented.",
  "simulate.running": "A report every {every} s from each device. Ctrl-C stops.",
  "simulate.counts":
    "{time}  {joined} of {devices} joined · frames {sent}, published {published} · commands {downlinks}",
  "simulate.stopping": "Asked to stop: the simulation ends.",
  "simulate.left": "What was put into ChirpStack stays there; to remove it: {line}",
  "simulate.removed": "Removed from ChirpStack: the tenant {tenant} and {n} devices.",
  "simulate.nothing": "ChirpStack has no tenant {tenant}: nothing to remove.",
  "fault.unknown-commune": "Beffroi cannot simulate the commune “{typed}”.",
  "fault.unknown-commune.means": "The communes it knows: {communes}.",
  "fault.unknown-commune.todo": "Choose one of them, for example --commune 88383.",
  "fault.key-unreadable": "{file} gives no API key: {detail}",
  "fault.key-unreadable.means": "Without an API key ChirpStack lets nothing be registered.",
  "fault.key-unreadable.todo":
    "Create one with “chirpstack -c DIR create-api-key --name beffroi” and write it on the first line of the file.",
  "fault.chirpstack-unreachable": "ChirpStack’s API does not answer at {api}.",
  "fault.chirpstack-unreachable.means": "ChirpStack does not run, or its API listens elsewhere.",
  "fault.chirpstack-unreachable.todo": "Check [api] bind in ChirpStack’s configuration, and --api.",
  "fault.chirpstack-key-refused": "ChirpStack ({api}) refuses the API key.",
  "fault.chirpstack-key-refused.means": "It is wrong, read-only, or bound to one tenant; here it must be a global one.",
  "fault.chirpstack-key-refused.todo":
    "Create one with “chirpstack -c DIR create-api-key --name beffroi” and write it into {file}.",
  "fault.chirpstack-refused": "ChirpStack refuses: {detail}",
  "fault.chirpstack-refused.means": "What was to be registered is not complete.",
  "fault.chirpstack-refused.todo":
    "See ChirpStack’s own log. “beffroi simulate --chirpstack --minutes 0 --remove” removes what is already there.",
  "fault.simulated-id-taken": "A simulated identifier is already taken: {detail}",
  "fault.simulated-id-taken.means":
    "It exists in this ChirpStack outside the simulation’s tenant. Nothing there was changed.",
  "fault.simulated-id-taken.todo": "Choose another commune with --commune, or a ChirpStack for trials.",
  "fault.mqtt-unreachable": "The MQTT broker {url} does not answer.",
  "fault.mqtt-unreachable.means": "The virtual antenna speaks to ChirpStack through this broker.",
  "fault.mqtt-unreachable.todo": "Check that it runs, and --mqtt.",
  "fault.wrong-broker": "“{typed}” is not the address of an MQTT broker.",
  "fault.wrong-broker.means": "The address begins with one of: {schemes}.",
  "fault.wrong-broker.todo": "For example: --mqtt mqtt://127.0.0.1:1883",
  "fault.simulation-unheard": "No device was able to join.",
  "fault.simulation-unheard.means": "ChirpStack answered no request, or its answer does not come back through {url}.",
  "fault.simulation-unheard.todo":
    "Check that ChirpStack has the region eu868 (topic_prefix “eu868”) on this same broker, and read its log.",
};
