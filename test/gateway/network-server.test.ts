import gateways from "@chirpstack/chirpstack-api/api/gateway_pb.js";
import tenants from "@chirpstack/chirpstack-api/api/tenant_pb.js";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../fixtures/broker.ts";
import { startDoubleTarget } from "../../fixtures/chirpstack/contract/double-target.ts";
import { enter, keepNetworkServer, openBox } from "../../fixtures/chirpstack/contract/network-server.ts";
import { startChirpStackDouble } from "../../fixtures/chirpstack/double.ts";
import { openGatewayService } from "../../gateway/chirpstack/gateway-service.ts";
import { openChirpStack } from "../../gateway/chirpstack/provisioning/network-server.ts";

describe("provisioning, hearing, losing and recovering a network", () => {
  it("over the air", () => keepNetworkServer(() => startDoubleTarget({ radio: "air" })));
});

const GATEWAY = "0016c001f1500001";
const FOREIGN_GATEWAY = "0016c001f15000ff";
const OURS = "b2a2d8c6-6f7a-4f0e-8d5b-0b7c0e6f9a01";
const THEIRS = "b2a2d8c6-6f7a-4f0e-8d5b-0b7c0e6f9a02";

describe("with a key of one tenant", () => {
  it("a network is provisioned there; what is another tenant's is told, and not touched", async () => {
    const broker = await startBroker();
    const double = await startChirpStackDouble({ brokerUrl: broker.url, devices: [], gateways: [], api: { port: 0 } });
    const { address, apiKey, records, tenantKey } = double.api!;
    for (const id of [OURS, THEIRS]) {
      const tenant = new tenants.Tenant();
      tenant.setId(id);
      tenant.setName(`tenant ${id}`);
      records.tenants.put(id, tenant);
    }
    const foreign = new gateways.Gateway();
    foreign.setGatewayId(FOREIGN_GATEWAY);
    foreign.setName("theirs");
    foreign.setTenantId(THEIRS);
    records.gateways.put(FOREIGN_GATEWAY, foreign);
    const target = { api: address, now: Date.now, radio: { gatewayId: GATEWAY } };
    const other = openBox({ ...target, apiKey: tenantKey(THEIRS) }, "theirs", THEIRS);
    const box = openBox({ ...target, apiKey: tenantKey(OURS) }, "ours", OURS);
    try {
      const { lamp, sensor } = enter(box, target);
      // Both stand with somebody else already: the lamp, and a gateway.
      other.registry.putDevice({ ...box.registry.device(lamp.devEui)! }, Date.now(), () => undefined);
      other.keys.put(lamp.devEui, box.keys.get(lamp.devEui)!);
      await other.desk.apply();
      box.store.putGateway({ id: FOREIGN_GATEWAY, name: "wanted" });
      const before = records.devices.need(lamp.devEui).message.getApplicationId();

      const { applied, plan } = await box.desk.apply();
      expect(plan.steps.map(({ kind }) => kind)).not.toContain("tenant");
      expect(applied.stopped).toBeUndefined();
      const failed = applied.failures.map(({ step, code }) => [step.kind, step.id, code]);
      expect(failed).toContainEqual(["device", lamp.devEui, "elsewhere"]);
      expect(failed).toContainEqual(["lora-gateway", FOREIGN_GATEWAY, "elsewhere"]);
      expect(records.devices.need(lamp.devEui).message.getApplicationId()).toBe(before);
      expect(records.gateways.need(FOREIGN_GATEWAY).message.getName()).toBe("theirs");
      const mine = records.devices.need(sensor.devEui).message.getApplicationId();
      expect(records.applications.need(mine).message.getTenantId()).toBe(OURS);
      expect(records.gateways.need(GATEWAY).message.getTenantId()).toBe(OURS);
      expect(records.tenants.all()).toHaveLength(3);

      // A key of one tenant is refused what is not its own in the words in which a wrong key is.
      const server = openChirpStack(`http://${address}`, tenantKey(OURS), OURS);
      expect([await server.knows(sensor.devEui), await server.knows(lamp.devEui)]).toEqual([true, false]);
      expect(await server.counters(lamp.devEui)).toBeUndefined();
      server.close();
      const unbound = openChirpStack(`http://${address}`, tenantKey(OURS));
      await expect(unbound.knows(lamp.devEui)).rejects.toMatchObject({ code: "key-refused" });
      unbound.close();

      const signal = AbortSignal.timeout(20_000);
      const own = openGatewayService(`http://${address}`, OURS);
      expect((await own.list(tenantKey(OURS), signal)).map(({ id }) => id)).toEqual([GATEWAY]);
      await expect(own.list(tenantKey(THEIRS), signal)).rejects.toMatchObject({ code: "key-refused" });
      own.close();
      const all = openGatewayService(`http://${address}`);
      expect(await all.list(apiKey, signal)).toHaveLength(2);
      await expect(all.list(tenantKey(OURS), signal)).rejects.toMatchObject({ code: "key-refused" });
      all.close();
    } finally {
      box.close();
      other.close();
      await double.stop();
      await broker.stop();
    }
  });
});
