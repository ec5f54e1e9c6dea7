import { afterAll, beforeAll, expect, test } from "vitest";
import { createSandbox } from "../../codecs/sandbox/index.ts";

const before = process.env.TZ;
beforeAll(() => {
  process.env.TZ = "Europe/Paris";
});
afterAll(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

test("local time inside a codec is UTC wherever the box stands", async () => {
  expect(new Date(Date.UTC(2024, 5, 1)).getHours(), "the test runs in another zone").toBe(2);
  const sandbox = createSandbox();
  await sandbox.load(
    "clock",
    `function decodeUplink(input) { var t = new Date(2024, 5, 1, 12, 30), local = new Date("2024-06-01T08:00:00");
      return { data: { hour: input.recvTime.getHours(), zone: t.getTimezoneOffset(), iso: t.toISOString(), text: t.toString(),
        parsed: local.toISOString() } }; }`,
  );
  const answer = await sandbox.decodeUplink("clock", {
    bytes: new Uint8Array(0),
    fPort: 1,
    recvTime: "2024-06-01T10:00:00.000Z",
  });
  expect(answer).toMatchObject({
    value: {
      data: {
        hour: 10,
        zone: 0,
        iso: "2024-06-01T12:30:00.000Z",
        text: expect.stringMatching(/12:30:00 GMT\+0000/),
        parsed: "2024-06-01T08:00:00.000Z",
      },
    },
  });
  await sandbox.stop();
});
