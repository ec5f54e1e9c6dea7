/**
 * How downlinks last reached each device: kept in the box's file, so that after a restart neither its RX2 parameters nor the LoRa
 * gateway whose duty cycle it uses have to be learnt again.
 */
import type { Database } from "better-sqlite3";
import type { Way } from "../commands/airtime/duty-cycle.ts";

export interface DownlinkRoute {
  /** The LoRa gateway that heard the device last. */
  readonly gateway?: string;
  /** How the last frame went that was no answer to an uplink. */
  readonly way?: Way;
}

export interface DownlinkRoutes {
  of(devEui: string): DownlinkRoute;
  /** Writes only what is new. Inside a transaction. */
  put(devEui: string, route: DownlinkRoute): void;
  /** A transaction was rolled back: what was remembered of it must be read again. */
  forget(): void;
}

/** Most boxes hear a device through one gateway and send to it in one way: what did not change is not written. */
export const isSameRoute = (one: DownlinkRoute, other: DownlinkRoute): boolean =>
  one.gateway === other.gateway && one.way?.frequency === other.way?.frequency && one.way?.dr === other.way?.dr;

interface Stored {
  readonly dev_eui: string;
  readonly gateway: string | null;
  readonly frequency: number | null;
  readonly dr: number | null;
}

const routeOf = ({ gateway, frequency, dr }: Stored): DownlinkRoute => ({
  ...(gateway === null ? {} : { gateway }),
  ...(frequency === null || dr === null ? {} : { way: { frequency, dr } }),
});

export const openDownlinkRoutes = (db: Database): DownlinkRoutes => {
  const every = db.prepare<[], Stored>("SELECT * FROM downlink_route");
  const write = db.prepare(
    `INSERT INTO downlink_route (dev_eui, gateway, frequency, dr) VALUES (?, ?, ?, ?)
     ON CONFLICT (dev_eui) DO UPDATE SET gateway = excluded.gateway, frequency = excluded.frequency, dr = excluded.dr`,
  );
  // Every uplink asks: what is known is remembered.
  let known: Map<string, DownlinkRoute> | undefined;
  const all = (): Map<string, DownlinkRoute> => {
    known ??= new Map(every.all().map((row) => [row.dev_eui, routeOf(row)]));
    return known;
  };
  return {
    of: (devEui) => all().get(devEui) ?? {},
    put(devEui, route) {
      if (isSameRoute(route, all().get(devEui) ?? {})) return;
      write.run(devEui, route.gateway ?? null, route.way?.frequency ?? null, route.way?.dr ?? null);
      all().set(devEui, route);
    },
    forget() {
      known = undefined;
    },
  };
};
