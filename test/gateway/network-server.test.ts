import { describe, it } from "vitest";
import { startDoubleTarget } from "../../fixtures/chirpstack/contract/double-target.ts";
import { keepNetworkServer } from "../../fixtures/chirpstack/contract/network-server.ts";

describe("provisioning, hearing, losing and recovering a network", () => {
  it("over the air", () => keepNetworkServer(() => startDoubleTarget({ radio: "air" })));
});
