import { expect, test } from "vitest";
import { BoxView } from "../../api/schemas.ts";
import { boxView } from "../../hypervisor/api/views.ts";
import { health } from "./batches.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const BOX = {
  name: "remiremont",
  communes: ["88383"],
  durableSeq: 12,
  quarantined: 0,
  repeats: 0,
  lastProofAt: NOW - 5_000,
};

test("a box's antennas are told with times for people, and not at all when the box does not ask", () => {
  const school = { id: "0016c00100088384", name: "École", state: "offline", lastSeenAt: NOW - 7_200_000 } as const;
  const fresh = { id: "0016c00100088385", name: "Stade", state: "never-seen", latitude: 48, longitude: 6.5 } as const;
  const told = { checkedAt: NOW - 20_000, fault: "unreachable", gateways: [school, fresh] };
  const view = BoxView.parse(boxView({ ...BOX, health: { ...health, loraGateways: told } }, NOW));
  expect(view.loraGateways).toEqual({
    checkedAt: "2026-11-22T09:59:40.000Z",
    fault: "unreachable",
    gateways: [{ ...school, lastSeenAt: "2026-11-22T08:00:00.000Z" }, fresh],
  });
  expect(boxView({ ...BOX, certificateEndsAt: NOW }, NOW).certificateEndsAt).toBe("2026-11-22T10:00:00.000Z");
  expect(boxView({ ...BOX, health }, NOW)).not.toHaveProperty("loraGateways");
});
