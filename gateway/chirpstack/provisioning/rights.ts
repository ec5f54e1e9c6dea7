/** What an API key may do, found out without changing anything. */
import { randomUUID } from "node:crypto";
import applications from "@chirpstack/chirpstack-api/api/application_pb.js";
import tenants from "@chirpstack/chirpstack-api/api/tenant_pb.js";
import { ServerTrouble } from "../../../device-registry/network/server.ts";
import { type Client, isNotFound, openClient } from "./client.ts";

export type Rights =
  /** Reads and writes everything, or all of its tenant. */
  | { readonly may: "all" }
  /** May only read. */
  | { readonly may: "less" }
  | { readonly may: "nothing"; readonly trouble: ServerTrouble };

/** @param tenantId of a key that is for this tenant alone. */
export const rightsOf = async (api: string, apiKey: string, tenantId?: string): Promise<Rights> => {
  const client = openClient(api, apiKey, tenantId);
  try {
    return tenantId === undefined ? await rightsToAll(client) : await rightsTo(client, tenantId);
  } finally {
    client.close();
  }
};

/** Whether it may write as well shows when something is written: there is nothing in a tenant that could be asked for in vain. */
const rightsTo = async ({ call, applications: service }: Client, tenantId: string): Promise<Rights> => {
  const list = new applications.ListApplicationsRequest();
  list.setTenantId(tenantId);
  list.setLimit(1);
  try {
    await call(service, service.list, list);
    return { may: "all" };
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error;
    return { may: "nothing", trouble: error };
  }
};

/**
 * Wrong keys and those bound to one tenant may not even list tenants; both are refused in the same words. A tenant nobody has cannot be removed, and whoever may not remove tenants is told so before it is looked for.
 */
const rightsToAll = async ({ call, tenants: service }: Client): Promise<Rights> => {
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
  }
};
