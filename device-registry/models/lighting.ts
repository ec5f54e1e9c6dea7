/** Luminaire controllers, and the cabinets that feed them. */

import { milesightWs558 } from "../../codecs/models/milesight-ws558.ts";
import { nasUl20xx } from "../../codecs/models/nas-ul20xx.ts";
import { nasUl20xx10 } from "../../codecs/models/nas-ul20xx-1-0.ts";
import { slsVolc2180 } from "../../codecs/models/sls-volc2180.ts";
import { zenopixLccb } from "../../codecs/models/zenopix-lccb.ts";
import type { Model, ModelCommand } from "../words.ts";
import { confirmed, HOUR, model, untold } from "./declare.ts";

/** A dimmed lamp shows its level in a status frame, or its power, near the rated share, in a usage frame. */
const dims = (encodes: string, defaults: ModelCommand["defaults"]): ModelCommand => ({
  encodes,
  defaults,
  effects: [
    { measurement: "lamp.level", field: "level", within: 2 },
    // Drivers are not linear in power: a fifth, or three watts near zero, tells one level from the next usual one.
    { measurement: "lamp.power", field: "level", percentOf: "ratedWatts", within: 3, withinShare: 0.2 },
  ],
  effectWithinSeconds: HOUR + 300,
  returns: "release",
});

/** It tells at once what it would tell with its next report. */
const reports: ModelCommand = {
  encodes: "request-now",
  defaults: { usage: true, status: true, dimMap: false, gnss: false },
  effects: [{ port: 23 }, { port: 26 }],
  effectWithinSeconds: 300,
  setting: true,
};

/** Back to calendar and profiles: a status frame then gives another reason for the level than a hand. */
const releases = (defaults: ModelCommand["defaults"]): ModelCommand => ({
  encodes: "release",
  defaults,
  effects: [{ measurement: "lamp.reason", isNot: "manual" }],
  effectWithinSeconds: 6 * HOUR + 300,
});

/** It tells of its start. */
const restarts: ModelCommand = {
  encodes: "reboot",
  defaults: {},
  effects: [{ port: 99 }],
  effectWithinSeconds: 600,
  setting: true,
};

/** The lamp sends the frame back as it took it. */
const echo = (encodes: string): ModelCommand => ({
  encodes,
  defaults: {},
  effects: [{ echo: 50 }],
  effectWithinSeconds: 300,
  setting: true,
});
const echoed = (...names: readonly string[]): Readonly<Record<string, ModelCommand>> =>
  Object.fromEntries(names.map((encodes) => [encodes, echo(encodes)]));

const RELAYS = ["relay1", "relay2", "relay3", "relay4", "relay5", "relay6", "relay7", "relay8"];
const allRelays = (closed: boolean) => Object.fromEntries(RELAYS.map((relay) => [relay, closed]));

/** All eight at once: each relay that a report shows must be as wanted. */
const switchesAll = (closed: boolean): ModelCommand => ({
  encodes: "switch",
  defaults: { change: allRelays(true), closed: allRelays(closed) },
  effects: [{ measurement: "relay.closed", is: closed }],
  effectWithinSeconds: HOUR + 300,
});

const everyone = { address: "broadcast" };

const lamp = {
  use: "lighting",
  assetKinds: ["lamp"],
  deviceClass: "C",
  expectedIntervalSeconds: HOUR,
  dataProtection: "things",
  entityType: "Streetlight",
} as const;

export const lighting: readonly Model[] = [
  model(nasUl20xx, {
    ...lamp,
    aliases: ["UL2002", "UL2003", "UL2014", "UL2020", "UL2021", "UL2023", "UL2024", "UL2030"],
    commands: {
      dim: { ...dims("dim", everyone), asks: "report" },
      release: releases(everyone),
      report: reports,
      ...echoed("status-interval", "usage-interval", "set-clock", "boot-delay"),
      ...echoed("fallback", "profile", "calendar", "holidays"),
      reboot: restarts,
      "join-group": { ...echo("multicast-group"), joinsGroup: true },
    },
    // Levels that end by themselves, or of several parts, may be over before a report shows them. Not offered: update mode, whose end
    // is not published.
    settings: ["timed-dim", "dim-each", "timed-dim-each", "clear-configuration", "read-configuration", "factory-reset"],
    // The echo of a multicast group, and of chained settings, one of which may be a group.
    hides: [
      { port: 50, first: 0x52, from: 6 },
      { port: 50, first: 0xfe, from: 1 },
    ],
    lastProvable: "effect-observed",
  }),
  model(nasUl20xx10, {
    ...lamp,
    // Its status and usage frames are not decoded: nothing proves more than that the command went on air.
    commands: { dim: { ...dims("dim", everyone), lastProvable: "on-air" }, release: untold("release", everyone) },
  }),
  model(zenopixLccb, {
    ...lamp,
    aliases: ["LCCB", "Zenosmart"],
    // The class is not published: A is what every device can do.
    deviceClass: "A",
    commands: { dim: confirmed("dim", HOUR) },
    settings: ["task", "read-task"],
    lastProvable: "acknowledged",
  }),
  model(slsVolc2180, { ...lamp, aliases: ["VOLC2180", "ViaLights VOLC2180"] }),
  model(milesightWs558, {
    ...lamp,
    aliases: ["WS558"],
    assetKinds: ["cabinet"],
    entityType: "StreetlightControlCabinet",
    commands: {
      "switch-on": switchesAll(true),
      "switch-off": switchesAll(false),
    },
    settings: ["switch", "delayed-switch", "report-interval", "reboot"],
    lastProvable: "effect-observed",
  }),
];
