/** What an answer may cost whoever reads it: a real server, over plain HTTP. */
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { wholeText } from "../../cloud-sync/whole-text.ts";

const LIMIT = 1_000;

/** An answer with these parts; where `broken`, its line ends before the answer does. */
async function answering(parts: readonly (string | Buffer)[], broken = false): Promise<IncomingMessage> {
  const server = createServer((_request, response) => {
    for (const part of parts) response.write(part);
    if (broken) setImmediate(() => response.destroy());
    else response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => get({ host: "127.0.0.1", port }, resolve).once("error", reject));
}

test("a text comes whole, also where a letter is cut between two parts", async () => {
  const bytes = Buffer.from("boîtier");
  expect(await wholeText(await answering([bytes.subarray(0, 3), bytes.subarray(3)]), LIMIT)).toBe("boîtier");
});

test("what is just as long as may be is taken, and a byte more is refused", async () => {
  expect(await wholeText(await answering(["x".repeat(LIMIT)]), LIMIT)).toHaveLength(LIMIT);
  await expect(wholeText(await answering(["x".repeat(LIMIT), "y"]), LIMIT)).rejects.toThrow("more than 1000 bytes");
});

test("half an answer is none", async () => {
  await expect(wholeText(await answering(["half"], true), LIMIT)).rejects.toThrow();
});
