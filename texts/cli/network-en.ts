/** `beffroi network`: what the network server has to know, and how it gets there. */
import type { SameKeys } from "../catalogue.ts";
import type { networkFr } from "./network-fr.ts";

export const networkEn: SameKeys<typeof networkFr> = {
  "command.network.plan.long":
    "Compares what the box declares (registry, models, keys, LoRa gateways, groups) with what stands in ChirpStack, and shows the steps from one to the other. Nothing is changed. No key is shown.",
  "command.network.plan.example.here": "See what is left to do:",
  "command.network.plan.example.prune": "See everything, what would be removed included:",
  "command.network.apply.long":
    "Carries the plan out, in chunks, leaving ChirpStack time for the radio in between. Interrupted, the same command goes on where it was; run again, it changes nothing. If ChirpStack’s database is lost, it brings back tenant, applications, profiles, LoRa gateways, devices, keys and ABP sessions, and names the devices that must join again.",
  "command.network.apply.example.here": "Register all that the registry knows:",
  "command.network.apply.example.json": "For a script:",
  "command.network.status.long":
    "Counts the devices registered and heard, and names those that ask for something: without a key, to join again, registered elsewhere.",
  "command.network.status.example.here": "How far are we?",
  "command.network.status.example.json": "For a script:",
  "command.network.gateway.add.long":
    "Declares a LoRa gateway: “network apply” registers it in ChirpStack, and again should its database be lost. Those that ChirpStack knows already are taken over by themselves.",
  "command.network.gateway.add.id": "id of the gateway, 16 hex digits (its label or its web page)",
  "command.network.gateway.add.name": "name, for example of the building that bears it",
  "command.network.gateway.add.at": "latitude and longitude in decimal degrees",
  "command.network.gateway.add.example.belfry": "The gateway on the belfry:",
  "command.network.group.add.long":
    "Declares a group: one frame reaches all its members at once. They have its address and its two keys already, from their maker or from commissioning; the box keeps them sealed.",
  "command.network.group.add.name": "name of the group",
  "command.network.group.add.address": "address of the group (McAddr), 8 hex digits",
  "command.network.group.add.keys": "file with its keys: McNwkSKey, then McAppSKey, one a line",
  "command.network.group.add.device": "DevEUIs of its members",
  "command.network.group.add.use": "use whose application holds it",
  "command.network.group.add.example.street": "Two lamps of a street:",
  "command.network.prune": "also remove what the box once put there and does not know any more",
  "command.network.all": "show everything, however long",
  "network.waiting": "ChirpStack takes its time to answer…",
  "network.survey": "Reading ChirpStack",
  "network.apply": "Registering",
  "network.title": "LoRaWAN network, tenant “{tenant}”",
  "network.nothing": "nothing",
  "network.nothing-to-do": "Everything stands as declared: nothing to do.",
  "network.sum":
    "Plan: {create} to create (+), {update} to change (~), {remove} to remove (-), {learn} to take over into the box (<); {unchanged} in place.",
  "network.more": "… and {n} more ({kind}); --all shows them || … and {n} more ({kind}); --all shows them",
  "network.to-apply": "To do it: beffroi network apply",
  "network.done": "Done: {n} step of {all}. || Done: {n} steps of {all}.",
  "network.stopped": "Stopped on its way: {detail}",
  "network.status.devices":
    "{n} device declared, {standing} registered, {heard} heard. || {n} devices declared, {standing} registered, {heard} heard.",
  "network.status.waiting":
    "{n} step waits: “beffroi network plan” shows it. || {n} steps wait: “beffroi network plan” shows them.",
  "network.gateway-added": "LoRa gateway {id} declared: {name}.",
  "network.group-added": "Group {name} declared, {n} member. || Group {name} declared, {n} members.",
  "network.two-keys": "it needs two lines of 32 hex digits: McNwkSKey, then McAppSKey",
  "network.kind.tenant": "tenant",
  "network.kind.application": "application",
  "network.kind.profile": "profile",
  "network.kind.lora-gateway": "LoRa gateway",
  "network.kind.device": "device",
  "network.kind.keys": "keys",
  "network.kind.session": "ABP session",
  "network.kind.group": "group",
  "network.kind.member": "member",
  "network.remark.no-keys":
    "{n} device without a key: it cannot join until its key is given. || {n} devices without keys: they cannot join until their keys are given.",
  "network.remark.elsewhere":
    "{n} device is registered in another application: left where it is. || {n} devices are registered in other applications: left where they are.",
  "network.remark.not-declared":
    "{n} device in ChirpStack that the registry does not know: left (--prune removes what the box put there). || {n} devices in ChirpStack that the registry does not know: left (--prune removes what the box put there).",
  "network.remark.unknown-model":
    "{n} device of a model this box does not know: not registered. || {n} devices of models this box does not know: not registered.",
  "network.remark.must-rejoin":
    "{n} device must join again: it will by itself if it notices the broken link, else restart it. || {n} devices must join again: they will by themselves if they notice the broken link, else restart them.",
  "network.remark.session-guessed":
    "{n} ABP session without saved counters: it begins at zero, and the device may ignore commands for a while. || {n} ABP sessions without saved counters: they begin at zero, and the devices may ignore commands for a while.",
  "fault.no-network-server": "This box knows no network server.",
  "fault.no-network-server.means": "Without ChirpStack’s API it can register nothing there.",
  "fault.no-network-server.todo": "Add [chirpstack] with api and api_key_file to beffroi.toml.",
  "fault.network-unreachable": "ChirpStack’s API does not answer: {detail}",
  "fault.network-unreachable.means": "Nothing was registered. The box goes on receiving and sending.",
  "fault.network-unreachable.todo":
    "See whether ChirpStack runs, and whether chirpstack.api is its [api] bind address.",
  "fault.network-key-refused": "ChirpStack refuses the API key: {detail}",
  "fault.network-key-refused.means": "It is wrong, read-only, or of a tenant that chirpstack.tenant_id does not name.",
  "fault.network-key-refused.todo":
    "Write a global key (chirpstack -c DIR create-api-key --name beffroi) into the file of chirpstack.api_key_file, or a tenant’s key, and name the tenant in chirpstack.tenant_id.",
  "fault.network-key-file": "The API key cannot be read: {detail}",
  "fault.network-key-file.means": "Without it the box can register nothing in ChirpStack.",
  "fault.network-key-file.todo":
    "Write an API key into the file of chirpstack.api_key_file, readable by the box alone (mode 0600).",
  "fault.keys-unusable": "The sealed keys cannot be opened: {detail}",
  "fault.keys-unusable.means": "Nothing was registered. Devices that are registered go on.",
  "fault.keys-unusable.todo":
    "“beffroi doctor” says where the root key is; a copy with a passphrase gives it back: beffroi restore.",
  "fault.network-busy": "The network server is being provisioned already.",
  "fault.network-busy.means": "Two at a time would contradict each other.",
  "fault.network-busy.todo": "Wait for its end, then run the command again.",
  "fault.network-refused": "ChirpStack refuses: {detail}",
  "fault.network-refused.means": "The plan could not be made.",
  "fault.network-refused.todo": "ChirpStack’s own log says more.",
  "fault.network-incomplete": "{n} step of {all} could not be done. || {n} steps of {all} could not be done.",
  "fault.network-incomplete.means": "The others are. The devices concerned are not heard, or not as declared.",
  "fault.network-incomplete.todo": "Correct what is said above, then run it again: it goes on where it was.",
  "fault.wrong-address": "“{typed}” is no LoRaWAN address.",
  "fault.wrong-address.means": "DevAddr and McAddr have 8 hex digits.",
  "fault.wrong-address.todo": "For example: --address 01a3b2c4",
  "status.network": "ChirpStack",
  "status.network-lost":
    "no longer knows {n} device that was heard through it || no longer knows {n} devices that were heard through it",
  "status.network-lost.means": "Their messages are lost before they reach the box: its database was lost or changed.",
  "status.network-lost.todo":
    "“beffroi network plan” shows what is missing, “beffroi network apply” puts it back with its keys.",
  "doctor.network-lost":
    "ChirpStack no longer knows {n} device that was heard through it. || ChirpStack no longer knows {n} devices that were heard through it.",
  "doctor.network-lost.means": "Its database was lost or changed: messages of these devices no longer arrive.",
  "doctor.network-lost.todo":
    "See “beffroi network plan”, then “beffroi network apply”: the box puts everything back, keys and sessions too, and names those that must rejoin.",
};
