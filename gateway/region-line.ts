/** The connections to a region, under an identity that renews itself: HTTPS with mutual TLS. */
import { createRenewal, type Lifetime } from "../cloud-sync/enrolment/renewal.ts";
import { createHttpsTransport, type HttpsTransport } from "../cloud-sync/https.ts";
import type { Journal } from "../cloud-sync/journal/journal.ts";
import type { Timers } from "../cloud-sync/timers.ts";
import { createBoxTime } from "./box-time.ts";
import type { BoxClock } from "./clock.ts";
import type { GatewayConfig } from "./config.ts";
import { readIdentity, writeIdentity } from "./identity.ts";
import type { Log } from "./words.ts";

export interface RegionLine extends Pick<HttpsTransport, "send" | "open" | "close"> {
  /** Of the certificate shown now, and why its renewal failed last. */
  certificate(): Lifetime & { readonly renewalError: string | undefined };
}

/** The region's, or that of another destination. */
export type LineAddress = Pick<NonNullable<GatewayConfig["hypervisor"]>, "url" | "identityFile">;

interface Parts {
  readonly box: string;
  readonly address: LineAddress;
  readonly clock: BoxClock;
  readonly journal: Journal;
  readonly log: Log;
  readonly timers: Timers;
  /** As box-time.ts takes it. */
  readonly releasedAt?: number;
}

/** Throws when the identity file cannot be read. */
export const openRegionLine = (parts: Parts): RegionLine => {
  const { box, address, clock, journal, log, timers, releasedAt } = parts;
  let identity = readIdentity(address.identityFile);
  const time = createBoxTime({ clock, journal, ...(releasedAt === undefined ? {} : { releasedAt }) });
  const transport = createHttpsTransport({ ...identity, url: address.url, time });
  const renewal = createRenewal({
    box,
    lifetime: () => identity,
    send: transport.send,
    adopt({ key, cert }) {
      identity = writeIdentity(address.identityFile, { key, cert, ca: identity.ca });
      transport.present(identity);
    },
    time,
    timers,
    random: Math.random,
    report: (event) => {
      if (event.is === "renewed") log.info({ url: address.url, endsAt: iso(event.endsAt) }, "certificate renewed");
      else
        log.warn(
          { err: event.error, url: address.url, endsAt: iso(identity.endsAt) },
          "certificate not renewed; tried again",
        );
    },
  });
  const isEnded = time().atLeast > identity.endsAt;
  const begun = renewal.start();
  // A certificate that ended while the box slept is renewed before anything is tried with it.
  const ready = isEnded ? begun : Promise.resolve();
  /** Whatever the box's clock says of its certificate, the region's word counts. */
  const heed = <Reply extends { readonly status: number }>(reply: Reply): Reply => {
    if (reply.status === 401) renewal.refusedAsEnded();
    return reply;
  };
  return {
    send: async (request, signal) => {
      await ready;
      return heed(await transport.send(request, signal));
    },
    open: async (request, signal, stands) => {
      await ready;
      return heed(await transport.open(request, signal, stands));
    },
    close() {
      void renewal.stop();
      transport.close();
    },
    certificate() {
      const { beginsAt, endsAt } = identity;
      return { beginsAt, endsAt, renewalError: renewal.lastError()?.message };
    },
  };
};

const iso = (ms: number): string => new Date(ms).toISOString();
