/**
 * A class A device hears only after it spoke, and ChirpStack looks at its queue a tenth of a second after it told of an uplink. A
 * command that an uplink sets free must be there by then. Against the double, whose time is driven: it stands within that window
 * until the command has come, and the box does nothing but what the uplink's events make it do.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startBroker } from "../../fixtures/broker.ts";
import { startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { TIMING } from "../../fixtures/chirpstack/settings.ts";
import { drivenClock } from "../../fixtures/clock.ts";
import { createDownlinkQueue } from "../../gateway/chirpstack/downlink-queue.ts";
import { relayOnBroker } from "./relay-on-broker.ts";

const BIN = "24e124136b502217";
const ASSET = "container:88383:001";
const APPLICATION = "6c1d6f2e-6d0b-4a8e-9d52-7d4f0c2f9a10";
const START = Date.parse("2026-03-02T18:00:00Z");
const IDS = ["0", "1", "2"].map((digit) => `42cb6459-a640-46ec-9623-bdff39dc473${digit}`);

it("answers an uplink within its own receive window, when that uplink sets a command free", {
  timeout: 60_000,
}, async () => {
  const clock = drivenClock(START);
  const broker = await startBroker();
  const heard: { at: number; bytes: string }[] = [];
  const double = await startChirpStackDouble({
    brokerUrl: broker.url,
    clock,
    devices: [{ devEui: BIN, applicationId: APPLICATION, deviceName: "bac", deviceClass: "CLASS_A" }],
    api: { port: 0 },
    onDownlink: (_, _port, bytes) => void heard.push({ at: clock.now(), bytes: Buffer.from(bytes).toString("hex") }),
  });
  const folder = mkdtempSync(join(tmpdir(), "beffroi-class-a-"));
  const apiKeyFile = join(folder, "key");
  writeFileSync(apiKeyFile, `${double.api!.apiKey}\n`, { mode: 0o600 });
  const queue = createDownlinkQueue({ api: `http://${double.api!.address}`, apiKeyFile });
  const box = await relayOnBroker({
    brokerUrl: broker.url,
    now: clock.now,
    queue,
    placed: [
      {
        asset: { ref: ASSET, kind: "container", commune: "88383", use: "waste", attributes: {} },
        device: {
          devEui: BIN,
          model: "milesight-em400",
          asset: ASSET,
          state: "in-service",
          applicationId: APPLICATION,
        },
      },
    ],
  });
  const { ledger, relay, write } = box;
  try {
    /** Real time only: the double's stands. */
    const until = async (what: string, reached: () => boolean): Promise<void> => {
      const began = performance.now();
      while (!reached()) {
        if (performance.now() - began > 20_000) throw new Error(`waited in vain for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const atChirpStack = (): string[] => double.network.queue(BIN).map(({ id }) => id);
    const stateOf = (index: number): string | undefined => ledger.find(IDS[index]!)?.record.state;
    for (const [index, seconds] of [600, 900, 1_200].entries()) {
      const wish = {
        target: ASSET,
        name: "report-interval",
        fields: { seconds },
        author: "test",
        precedence: "configuration",
      };
      const times = { requestedAt: clock.now(), expiresAt: clock.now() + 86_400_000 };
      // Settings of one matter replace each other: each waits until the one before was handed over.
      write((append) => relay.order({ id: IDS[index], ...wish, ...times }, append));
      relay.afterCommit();
      if (index === 0) await until("the first at ChirpStack", () => atChirpStack().length === 1);
    }
    expect(stateOf(1)).toBe("superseded");

    const speak = (ack: boolean): void => double.uplink(BIN, { fPort: 85, data: Buffer.from("01755c", "hex"), ack });
    const windowOpens = TIMING.downlinkDelayMs;
    speak(false);
    clock.advance(TIMING.rx1DelayMs + TIMING.gatewayAckMs + 500);
    await until("the first to be on air", () => stateOf(0) === "on-air");
    expect(heard).toHaveLength(1);

    clock.advance(60_000);
    const spoke = clock.now();
    const began = performance.now();
    speak(true);
    // ChirpStack tells of the uplink after it has waited for copies; then the tenth of a second begins.
    clock.advance(TIMING.deduplicationMs + windowOpens - 1);
    await until("the next one to stand in ChirpStack's queue", () => atChirpStack().includes(IDS[2]!));
    console.log(`in the queue ${Math.round(performance.now() - began)} ms after the uplink, of ${windowOpens}`);
    expect(stateOf(0)).toBe("done");
    clock.advance(TIMING.rx1DelayMs + TIMING.gatewayAckMs);
    await until("the next one to be on air", () => stateOf(2) === "on-air");
    // In the window of that very uplink: no other came.
    expect(heard).toHaveLength(2);
    expect(heard[1]!.at - spoke).toBeLessThanOrEqual(TIMING.rx1DelayMs + TIMING.gatewayAckMs + TIMING.deduplicationMs);
  } finally {
    queue.close();
    await box.stop();
    await double.stop();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
