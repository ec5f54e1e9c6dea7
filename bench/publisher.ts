/**
 * A publisher at QoS 1 that costs next to nothing: it writes MQTT 3.1.1 packets made beforehand and counts their PUBACKs, so that
 * on a small machine the broker and the measured process have the cores to themselves.
 */
import { connect, type Socket } from "node:net";

export interface Publisher {
  /** Resolves when the broker has acknowledged all. */
  publish(packets: readonly Buffer[]): Promise<void>;
  close(): void;
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** A length as MQTT writes it: seven bits a byte, the lowest first (2.2.3). */
const remaining = (length: number): Buffer => {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
};

const packet = (header: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([header]), remaining(body.length), body]);

/** PUBLISH at QoS 1; `number` gives the packet id. */
export const publishPacket = (topic: string, payload: Buffer, number: number): Buffer => {
  const id = Buffer.alloc(2);
  id.writeUInt16BE((number % 65_535) + 1);
  return packet(0x32, Buffer.concat([text(topic), id, payload]));
};

const CONNECT = packet(0x10, Buffer.concat([text("MQTT"), Buffer.from([4, 2, 0, 0]), text("bench-publisher")]));
const CONNACK_BYTES = 4;
const PUBACK_BYTES = 4;
const AT_ONCE = 200;

const drained = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once("drain", resolve));

export async function connectPublisher(port: number): Promise<Publisher> {
  const socket = connect(port, "127.0.0.1");
  let received = 0;
  let wanted = CONNACK_BYTES;
  let enough = (): void => {};
  let failed = (_error: Error): void => {};
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received >= wanted) enough();
  });
  socket.on("error", (error) => failed(error));
  socket.on("close", () => failed(new Error("the broker closed the connection")));
  const until = (bytes: number): Promise<void> =>
    new Promise((resolve, reject) => {
      wanted = received + bytes;
      enough = resolve;
      failed = reject;
    });
  const connected = until(CONNACK_BYTES);
  socket.write(CONNECT);
  await connected;
  return {
    async publish(packets) {
      const acknowledged = until(packets.length * PUBACK_BYTES);
      acknowledged.catch(() => {});
      for (let from = 0; from < packets.length; from += AT_ONCE) {
        if (!socket.write(Buffer.concat(packets.slice(from, from + AT_ONCE)))) await drained(socket);
      }
      await acknowledged;
    },
    close() {
      failed = () => {};
      socket.destroy();
    },
  };
}
