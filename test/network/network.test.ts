/** The short form of `npm run test:network`: each fault for some seconds. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { systemTest } from "../system/servers.ts";
import { missingForNamespaces } from "./faulty-link.ts";
import { insideNamespace } from "./network.ts";

const NAME = "real processes on a line that drops, resets and narrows: nothing lost, doubled or out of order";
const missing = missingForNamespaces();

const shortForm = async (): Promise<void> => {
  let said = "";
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const code = await insideNamespace(main, ["--messages", "400", "--fault-ms", "3000"], (text) => {
    said += text;
  });
  console.log(said);
  const result: unknown = JSON.parse(said.trim().split("\n").at(-1) ?? "{}");
  expect(result).toMatchObject({ bench: "network", lost: 0, late: 0, duplicated: 0, reordered: 0, invented: 0 });
  expect(result).toHaveProperty("acknowledged", expect.any(Number));
  expect((result as { acknowledged: number }).acknowledged).toBeGreaterThanOrEqual(400);
  const met = Object.entries((result as { faults: Record<string, number> }).faults);
  expect(met.length).toBeGreaterThanOrEqual(6);
  expect(met.filter(([, packets]) => packets === 0)).toEqual([]);
  expect(code).toBe(0);
};

if (missing === undefined) systemTest(NAME, ["mosquitto", "postgresql"], shortForm, 900_000);
else {
  console.warn(`system test skipped: ${NAME} (${missing})`);
  test.skip(`${NAME} (${missing})`, () => {});
}
