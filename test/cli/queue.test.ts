/** The queue with something in it, as a person sees it: many commands that wait, each for something else, a busy antenna, a lamp that is held. */
import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import type { QueueReply } from "../../api/mass.ts";
import { beffroi, FRENCH, temporaryFolder } from "./bin.ts";
import { json, startFakeBox } from "./fake-box.ts";
import { faultsOf, hasTerminal, sit } from "./pty.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const REASONS = ["air", "air", "air", "uplink", "chirpstack", "group", "effect", "clock", "consent", "broker"] as const;
const QUEUE: QueueReply = {
  waiting: REASONS.map((waitsFor, index) => ({
    id: randomUUID(),
    target: `lamp:88383:${String(41 + index).padStart(3, "0")}`,
    name: index % 2 === 0 ? "dim" : "multicast-group",
    precedence: "operator",
    state: "accepted",
    expiresAt: "2026-11-28T12:30:00.000Z",
    waitsFor,
    ...(waitsFor === "chirpstack" ? { trouble: "DUTY_CYCLE_OVERFLOW" } : {}),
  })),
  air: [{ gateway: "0016c001f1500001", band: "869.4-869.65", usedMs: 352_800, share: 0.98 }],
  leases: [
    {
      asset: "lamp:88383:041",
      author: "mairie",
      precedence: "manual",
      since: "2026-11-28T17:30:00.000Z",
      until: "2026-11-28T18:00:00.000Z",
    },
  ],
};

/** `sit` gives a real terminal of 80 columns. */
test.skipIf(!hasTerminal())(
  "in French at 80 columns: each command with what it waits for, in the order of its turn",
  async () => {
    const box = await startFakeBox(folder.path, ({ url }, reply) =>
      url === "/queue" ? json(reply, QUEUE) : json(reply, {}, 404),
    );
    const seen = await sit(["queue", "--data", folder.path], { cwd: folder.path });
    const scripts = await beffroi(["queue", "--json", "--data", folder.path], { env: FRENCH });
    await box.stop();
    const { lines } = seen;
    const text = lines.join("\n");
    expect(text).not.toContain("…");
    expect(text).toContain("DUTY_CYCLE_OVERFLOW");
    expect(faultsOf(seen)).toEqual([]);
    const shown = lines.filter((line) => /^lamp:.* {2}28\/11\/2026/.test(line)).map((line) => line.split(" ")[0]);
    expect(shown).toEqual(QUEUE.waiting.map(({ target }) => target));
    expect(text.match(/attend son tour d’émission/g)).toHaveLength(3);
    expect(text).toMatch(/0016c001f1500001[\s\S]*98\s%/);
    expect(text).toMatch(/lamp:88383:041 tenu par mairie[\s\S]*jusqu’à/);
    expect(JSON.parse(scripts.out)).toEqual(QUEUE);
  },
);
