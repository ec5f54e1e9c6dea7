/**
 * The broker between network server and box, as a careful installation runs it: what it accepted it keeps, and sends again, marked,
 * until it is acknowledged. The box's end of the line keeps to the contract of gateway/chirpstack/connection.ts.
 */
import type { Connection, ConnectionEvents } from "../../gateway/chirpstack/connection.ts";
import { NotConnected } from "../../gateway/words.ts";
import type { Message } from "./source.ts";
import type { Scope, World } from "./world.ts";

export interface Broker {
  /** The network server publishes at QoS 1; false while the broker is away. */
  publish(message: Message): boolean;
  /** What it accepted, in order; copies only once. */
  readonly accepted: readonly Message[];
  /** Messages nobody has acknowledged. */
  readonly waiting: number;
  /** Every connection breaks; what was on its way is lost. */
  cut(): void;
  /** The line breaks under the next acknowledgement. */
  loseAcknowledgement(): void;
  connect(client: Client): Line;
  setAway(away: boolean): void;
}

export interface Client extends Pick<ConnectionEvents, "onConnected" | "onDisconnected" | "onDelivery"> {
  readonly scope: Scope;
  readonly now: () => number;
}

/** The box's end of the line. */
export type Line = Connection;

interface Queued {
  readonly id: number;
  readonly message: Message;
  sent: boolean;
}

/** One read of the socket. */
const READ_MAX = 50;

export function createBroker(world: World, name: string): Broker {
  const { random } = world;
  const queue: Queued[] = [];
  const accepted: Message[] = [];
  const known = new Set<string>();
  let nextId = 1;
  let away = false;
  let losesNext = false;
  let hasSession = false;
  let link: { open: boolean; close(): void; pump(): void } | undefined;

  function connect(client: Client): Line {
    let stopped = false;
    let paused = false;
    let deaf = false;
    let mine: NonNullable<typeof link> | undefined;
    let held: number[] = [];

    const reconnect = (): void => {
      if (!stopped) world.after(random.whole(300, 4_000), client.scope, open);
    };

    function open(): void {
      if (stopped) return;
      if (away) {
        reconnect();
        return;
      }
      link?.close();
      const onTheWire: Queued[] = [];
      let pumping = false;
      let newest = 0;
      const line = {
        open: true,
        close() {
          if (!line.open) return;
          line.open = false;
          held = [];
          world.tell(`${name} line closed`);
          if (!client.scope.alive) return;
          client.onDisconnected();
          reconnect();
        },
        pump() {
          for (const queued of queue) {
            if (queued.id <= newest) continue;
            newest = queued.id;
            onTheWire.push(queued);
          }
          if (pumping || delivered === onTheWire.length) return;
          pumping = true;
          world.after(random.whole(1, 15), client.scope, read);
        },
      };
      let delivered = 0;
      const read = (): void => {
        pumping = false;
        if (!line.open) return;
        for (const queued of onTheWire.slice(delivered, delivered + READ_MAX)) {
          delivered++;
          // The box may refuse in the midst of it.
          if (!line.open) return;
          const redelivered = queued.sent;
          queued.sent = true;
          if (redelivered) world.reached("message redelivered by the broker");
          if (deaf || paused) {
            world.reached("message left with the broker by a box that cannot write");
            continue;
          }
          held.push(queued.id);
          const { topic, payload } = queued.message;
          client.onDelivery({ topic, payload, qos: 1, redelivered, arrivedAt: client.now() });
        }
        line.pump();
      };
      mine = line;
      link = line;
      const present = hasSession;
      hasSession = true;
      world.tell(`${name} line open`);
      client.onConnected({ present, grantedQos: 1, protocol: 5 });
      line.pump();
    }

    world.after(random.whole(1, 50), client.scope, open);

    return {
      get connected() {
        return mine?.open === true;
      },
      acknowledge() {
        const ids = new Set(held);
        held = [];
        const line = mine;
        if (ids.size === 0 || line === undefined || !line.open) return;
        if (losesNext) line.close();
        losesNext = false;
        world.after(random.whole(1, 20), undefined, () => {
          if (!line.open) return world.reached("acknowledgement lost on its way to the broker");
          for (let at = queue.length - 1; at >= 0; at--) if (ids.has(queue[at]!.id)) queue.splice(at, 1);
        });
      },
      get held() {
        return held.length;
      },
      refuse: () => mine?.close(),
      deafen() {
        deaf = true;
        held = [];
      },
      listen() {
        if (!deaf) return;
        deaf = false;
        mine?.close();
      },
      publish: () => Promise.reject(new NotConnected()),
      pause() {
        paused = true;
      },
      async stop() {
        stopped = true;
        mine?.close();
      },
    };
  }

  return {
    publish(message) {
      if (away) return false;
      queue.push({ id: nextId++, message, sent: false });
      if (known.has(message.key)) world.reached("event published twice");
      else accepted.push(message);
      known.add(message.key);
      link?.pump();
      return true;
    },
    accepted,
    get waiting() {
      return queue.length;
    },
    cut: () => link?.close(),
    loseAcknowledgement() {
      losesNext = true;
    },
    connect,
    setAway(is) {
      away = is;
      if (is) link?.close();
    },
  };
}
