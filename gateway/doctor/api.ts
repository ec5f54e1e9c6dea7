/** ChirpStack's API: whether it answers, and what the key may do there. */
import { keyIn } from "../chirpstack/lora-gateways.ts";
import type { GatewayConfig } from "../config.ts";
import { isExposed } from "./host.ts";
import { type Finding, finding } from "./words.ts";

export const lookAtApi = async (chirpstack: GatewayConfig["chirpstack"]): Promise<Finding[]> => {
  if (chirpstack === undefined) return [finding("api", "api-none", "warning")];
  const { api, apiKeyFile: file, tenantId } = chirpstack;
  let key: string;
  try {
    key = keyIn(file);
  } catch (error) {
    return [
      finding("api", "api-key-unreadable", "bad", {
        file,
        detail: error instanceof Error ? error.message : String(error),
      }),
    ];
  }
  const exposed = isExposed(file) ? [finding("api", "api-key-exposed", "bad", { file })] : [];
  const { rightsOf } = await import("../chirpstack/provisioning/rights.ts");
  const rights = await rightsOf(api, key, tenantId);
  if (rights.may === "all") return exposed.length > 0 ? exposed : [finding("api", "api-well", "good", { api })];
  if (rights.may === "less") return [...exposed, finding("api", "api-key-limited", "bad", { api, file })];
  const code = rights.trouble.code === "key-refused" ? "api-key-refused" : "api-unreachable";
  return [...exposed, finding("api", code, "bad", { api, file, detail: rights.trouble.message })];
};
