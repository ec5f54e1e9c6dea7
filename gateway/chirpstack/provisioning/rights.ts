/** What an API key may do, found out without changing anything. */
import { randomUUID } from "node:crypto";
import tenants from "@chirpstack/chirpstack-api/api/tenant_pb.js";
import { ServerTrouble } from "../../../device-registry/network/server.ts";
import { isNotFound, openClient } from "./client.ts";

export type Rights =
  /** Reads and writes everything. */
  | { readonly may: "all" }
  /** May only read. */
  | { readonly may: "less" }
  | { readonly may: "nothing"; readonly trouble: ServerTrouble };

/**
 * Wrong keys and those bound to one tenant may not even list tenants; both are refused in the same words. A tenant nobody has cannot be removed, and whoever may not remove tenants is told so before it is looked for.
 */
export const rightsOf = async (api: string, apiKey: string): Promise<Rights> => {
  const client = openClient(api, apiKey);
  const { call, tenants: service } = client;
  let reads = false;
  try {
    const list = new tenants.ListTenantsRequest();
    list.setLimit(1);
    await call(service, service.list, list);
    reads = true;
    const remove = new tenants.DeleteTenantRequest();
    remove.setId(randomUUID());
    await call(service, service.delete, remove);
    return { may: "all" };
  } catch (error) {
    if (isNotFound(error)) return { may: "all" };
    if (!(error instanceof ServerTrouble)) throw error;
    return reads && error.code === "key-refused" ? { may: "less" } : { may: "nothing", trouble: error };
  } finally {
    client.close();
  }
};
