import { connect } from "node:net";
import { pino } from "pino";
import { expect, test } from "vitest";
import { openPostgres } from "../../hypervisor/store/postgres.ts";
import { missingPackages, startMosquitto, startPostgres, systemTest } from "./servers.ts";

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });

test("what is needed is named by its package", () => {
  for (const missing of missingPackages(["postgresql", "mosquitto"]))
    expect(missing).toMatch(/^(postgresql-15|mosquitto)$/);
});

systemTest("a PostgreSQL to throw away", ["postgresql"], async () => {
  const server = await startPostgres();
  const sql = await openPostgres({ url: server.url, log: pino({ level: "silent" }) });
  const rows = await sql.query<{ big: number; at: Date }>("SELECT 2::int8 AS big, to_timestamp(1.5) AS at");
  expect(rows[0]).toEqual({ big: 2, at: new Date(1500) });
  await sql.close();
  await server.stop();
});

systemTest("a mosquitto to throw away, to kill and to bring back", ["mosquitto"], async () => {
  const broker = await startMosquitto();
  expect(await answers(broker.port)).toBe(true);
  await broker.kill();
  expect(await answers(broker.port)).toBe(false);
  await broker.restart();
  expect(await answers(broker.port)).toBe(true);
  await broker.stop();
  expect(await answers(broker.port)).toBe(false);
});
