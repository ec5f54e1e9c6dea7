import { describe, expect, test } from "vitest";
import { CONTRACT_ON_AIR, keep } from "../../fixtures/chirpstack/contract/contract.ts";
import { keepNetworkServer } from "../../fixtures/chirpstack/contract/network-server.ts";
import {
  REAL_CHIRPSTACK_VARIABLES,
  realChirpStack,
  startRealTarget,
} from "../../fixtures/chirpstack/contract/real-target.ts";
import { COMMUNES } from "../../fixtures/territory.ts";
import { runCommuneThroughChirpStack } from "../../fixtures/virtual-radio/commune.ts";
import { runStreetThroughChirpStack } from "../../fixtures/virtual-radio/street.ts";

const real = realChirpStack(process.env);
const PATIENCE = 180_000;

test("the environment says which ChirpStack, or the names of what it does not say", () => {
  expect(realChirpStack({})).toEqual({ missing: REAL_CHIRPSTACK_VARIABLES });
  const env = {
    BEFFROI_TEST_CHIRPSTACK_API: "http://127.0.0.1:8080",
    BEFFROI_TEST_CHIRPSTACK_API_KEY: "key",
    BEFFROI_TEST_CHIRPSTACK_MQTT: "tcp://127.0.0.1:1883",
  };
  const found = { api: "127.0.0.1:8080", apiKey: "key", mqttUrl: "mqtt://127.0.0.1:1883" };
  expect(realChirpStack(env)).toEqual({ ...found, login: { email: "admin", password: "admin" } });
  const login = { email: "maire@example.org", password: "a:b" };
  expect(realChirpStack({ ...env, BEFFROI_TEST_CHIRPSTACK_LOGIN: "maire@example.org:a:b" })).toEqual({
    ...found,
    login,
  });
});

if ("missing" in real) {
  // A skipped test alone reads like a passed one.
  const said = `No real ChirpStack was asked: ${real.missing.join(", ")} not set. test/chirpstack/README.md says how.`;
  process.stderr.write(`\n${said}\n\n`);
  test.skip(`a real ChirpStack: set ${real.missing.join(", ")}`, () => undefined);
} else {
  describe(`the ChirpStack at ${real.api} keeps the contract`, () => {
    test.each(CONTRACT_ON_AIR.map((one) => [one.name, one] as const))(
      "%s",
      async (_name, one) => keep(one, () => startRealTarget(real)),
      PATIENCE,
    );
  });

  test(
    "a network is provisioned, heard, lost and recovered",
    () => keepNetworkServer(() => startRealTarget(real)),
    PATIENCE,
  );

  test(
    "a commune's devices join, report, and a lamp obeys",
    async () => {
      const target = await startRealTarget(real);
      await runCommuneThroughChirpStack(target, COMMUNES[0]!);
    },
    PATIENCE,
  );

  test(
    "a multicast group with virtual lamps: one frame dims the members, once",
    async () => runStreetThroughChirpStack(await startRealTarget(real), COMMUNES[0]!),
    PATIENCE,
  );
}
