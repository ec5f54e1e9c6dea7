/**
 * ChirpStack lets a queued downlink expire by the clock of the machine it runs on. Beside the box that is the box's own, which may be
 * wrong while the box has its time from the region or a satellite: told the true hour, ChirpStack would send a lamp's command late, or
 * drop it at once.
 */
import { BlockList, isIP } from "node:net";
import type { BoxClock } from "../clock.ts";

/** A time of the box's as the clock that ChirpStack goes by shows it, ms since 1970. */
export type QueueClock = (at: number) => number;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const isOnThisMachine = (url: string): boolean => {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  return family === 0 ? host === "localhost" : loopback.check(host, family === 6 ? "ipv6" : "ipv4");
};

/** @param url of ChirpStack's API, or of the broker where no API is configured. Elsewhere than on this machine a clock of its own is taken to be right. */
export const createQueueClock = (url: string, clock: Pick<BoxClock, "onMachine">): QueueClock =>
  isOnThisMachine(url) ? clock.onMachine : (at) => at;
