/**
 * Connections that come all at once are taken up a few with each turn of the event loop. Node would take up all that wait before it
 * looks at anything else: for seconds no batch under way got on, and each handshake ended later than its box had patience.
 */
import type { Socket } from "node:net";
import type { Server } from "node:tls";

const BEGUN_PER_TURN = 2;

/** To be called before the server listens. Who has gone in the meantime costs nothing more. */
export const handshakesInTurn = (server: Server): void => {
  const begin = server.listeners("connection");
  server.removeAllListeners("connection");
  const waiting = new Set<Socket>();
  let looking = false;

  const look = (): void => {
    let begun = 0;
    for (const socket of waiting) {
      waiting.delete(socket);
      if (socket.destroyed) continue;
      for (const listener of begin) listener.call(server, socket);
      if (++begun === BEGUN_PER_TURN) break;
    }
    looking = waiting.size > 0;
    if (looking) setImmediate(look);
  };

  server.on("connection", (socket) => {
    // Until TLS takes it over nobody else hears of it.
    socket.on("error", () => socket.destroy());
    waiting.add(socket);
    if (looking) return;
    looking = true;
    setImmediate(look);
  });
};
