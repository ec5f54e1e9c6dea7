/** A crowd at the door does not keep what is under way from going on. */
import { once } from "node:events";
import { type AddressInfo, connect as connectPlain } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { handshakesInTurn } from "../../hypervisor/handshakes.ts";
import { createAuthority } from "../cloud-sync/certificates.ts";

const CROWD = 60;

const serverOf = async () => {
  const authority = await createAuthority("region");
  const server = createServer({ ...(await authority.issue("hypervisor")), minVersion: "TLSv1.3" });
  const begun: number[] = [];
  let turn = 0;
  const [begin] = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket) => {
    begun.push(turn);
    begin!.call(server, socket);
  });
  handshakesInTurn(server);
  let counting = true;
  const count = (): void => {
    turn++;
    if (counting) setImmediate(count);
  };
  count();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    begun,
    ca: authority.ca,
    port: (server.address() as AddressInfo).port,
    stop() {
      counting = false;
      server.close();
    },
  };
};

test("of a crowd two are taken up with each turn, and every one comes in", async () => {
  const { server, begun, ca, port, stop } = await serverOf();
  server.on("secureConnection", (socket: TLSSocket) => socket.end("come in"));
  const told = await Promise.all(
    Array.from({ length: CROWD }, async () => {
      const socket = connect({ host: "127.0.0.1", port, ca });
      return Buffer.concat(await socket.toArray()).toString();
    }),
  );
  stop();
  expect(told).toEqual(Array.from({ length: CROWD }, () => "come in"));
  expect(begun).toHaveLength(CROWD);
  for (const turn of new Set(begun)) expect(begun.filter((each) => each === turn).length).toBeLessThanOrEqual(2);
});

test("who goes before its turn costs nothing and holds nobody up", async () => {
  const { server, ca, port, stop } = await serverOf();
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket: TLSSocket) => socket.end("come in"));
  const gone = Array.from({ length: CROWD }, () => connectPlain(port, "127.0.0.1"));
  await Promise.all(gone.map((socket) => once(socket, "connect")));
  for (const socket of gone) socket.resetAndDestroy();
  const socket = connect({ host: "127.0.0.1", port, ca });
  expect(Buffer.concat(await socket.toArray()).toString()).toBe("come in");
  stop();
});
