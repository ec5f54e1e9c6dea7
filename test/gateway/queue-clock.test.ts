import { expect, test } from "vitest";
import { createQueueClock } from "../../gateway/chirpstack/queue-clock.ts";
import { createBoxClock } from "../../gateway/clock.ts";

const HOUR = 3_600_000;

/** A box whose machine is an hour behind, until its time is set. */
const build = () => {
  const machine = { now: Date.UTC(2027, 0, 1), mono: 0, synchronised: false };
  const clock = createBoxClock({ now: () => machine.now, mono: () => machine.mono }, () => machine.synchronised);
  clock.hear(machine.now + HOUR, 100, "hypervisor");
  return { machine, clock };
};

test("beside the box a downlink expires by the machine's clock, whatever time counts for the box", () => {
  const { machine, clock } = build();
  const inTenMinutes = clock.now() + 600_000;
  for (const here of ["http://127.0.0.1:8080", "http://localhost:8080", "mqtt://[::1]:1883", "mqtt://127.3.2.1:1883"])
    expect(createQueueClock(here, clock)(inTenMinutes) - machine.now).toBe(600_000);
});

test("elsewhere ChirpStack has a clock of its own", () => {
  const { machine, clock } = build();
  for (const there of ["https://chirpstack.example:8080", "http://192.0.2.7:8080", "mqtt://[2001:db8::1]:1883"])
    expect(createQueueClock(there, clock)(clock.now()) - machine.now).toBe(HOUR);
});

test("once the machine knows the time itself, all is one", () => {
  const { machine, clock } = build();
  Object.assign(machine, { now: machine.now + HOUR, mono: 60_000, synchronised: true });
  expect(clock.quality()).toBe("confirmed");
  expect(createQueueClock("http://127.0.0.1:8080", clock)(clock.now())).toBe(machine.now);
});
