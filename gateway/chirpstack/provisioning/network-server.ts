/** ChirpStack as the network server of device-registry/network/server.ts. */
import applications from "@chirpstack/chirpstack-api/api/application_pb.js";
import devices from "@chirpstack/chirpstack-api/api/device_pb.js";
import profiles from "@chirpstack/chirpstack-api/api/device_profile_pb.js";
import gateways from "@chirpstack/chirpstack-api/api/gateway_pb.js";
import groups from "@chirpstack/chirpstack-api/api/multicast_group_pb.js";
import tenants from "@chirpstack/chirpstack-api/api/tenant_pb.js";
import type { GroupKeys } from "../../../device-registry/keys/index.ts";
import { type NetworkServer, ServerTrouble } from "../../../device-registry/network/server.ts";
import type {
  NetworkDevice,
  NetworkGateway,
  NetworkGroup,
  NetworkProfile,
} from "../../../device-registry/network/words.ts";
import { type Client, isDuplicate, isNotFound, isNotOurs, openClient } from "./client.ts";
import {
  activationMessage,
  countersOf,
  fillDevice,
  fillGateway,
  fillGroup,
  fillProfile,
  keysMessage,
} from "./messages.ts";
import { type Ids, noIds, roster, survey } from "./survey.ts";

const needed = (map: ReadonlyMap<string, string>, name: string, what: string): string => {
  const id = map.get(name);
  if (id === undefined) throw new ServerTrouble("refused", `${what} ${name} is not there yet`);
  return id;
};

/** `create`, and what follows when the database says that it exists. */
const unlessThere = async (create: Promise<unknown>, exists: () => Promise<void>): Promise<void> => {
  try {
    await create;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await exists();
  }
};

const putTenant = async ({ call, tenants: service }: Client, ids: Ids, name: string): Promise<void> => {
  if (ids.tenant !== undefined) return;
  const tenant = new tenants.Tenant();
  tenant.setName(name);
  tenant.setDescription("Beffroi");
  tenant.setCanHaveGateways(true);
  const request = new tenants.CreateTenantRequest();
  request.setTenant(tenant);
  ids.tenant = (await call(service, service.create, request)).getId();
};

const tenantOf = (ids: Ids): string => {
  if (ids.tenant === undefined) throw new ServerTrouble("refused", "the tenant is not there yet");
  return ids.tenant;
};

const putApplication = async ({ call, applications: service }: Client, ids: Ids, name: string): Promise<void> => {
  if (ids.applications.has(name)) return;
  const application = new applications.Application();
  application.setName(name);
  application.setTenantId(tenantOf(ids));
  const request = new applications.CreateApplicationRequest();
  request.setApplication(application);
  ids.applications.set(name, (await call(service, service.create, request)).getId());
};

const putProfile = async ({ call, profiles: service }: Client, ids: Ids, wanted: NetworkProfile): Promise<void> => {
  const id = ids.profiles.get(wanted.name);
  if (id === undefined) {
    const message = fillProfile(new profiles.DeviceProfile(), wanted);
    message.setTenantId(tenantOf(ids));
    const request = new profiles.CreateDeviceProfileRequest();
    request.setDeviceProfile(message);
    ids.profiles.set(wanted.name, (await call(service, service.create, request)).getId());
    return;
  }
  const get = new profiles.GetDeviceProfileRequest();
  get.setId(id);
  const message = (await call(service, service.get, get)).getDeviceProfile() ?? new profiles.DeviceProfile();
  const request = new profiles.UpdateDeviceProfileRequest();
  request.setDeviceProfile(fillProfile(message, wanted));
  await call(service, service.update, request);
};

/** Refused to a key of one tenant, though it is there: it stands in another tenant. */
const elsewhere =
  ({ tenantId }: Client, what: string) =>
  (error: unknown): never => {
    if (tenantId === undefined || !(error instanceof ServerTrouble) || error.code !== "key-refused") throw error;
    throw new ServerTrouble("elsewhere", `${what} belongs to another tenant of this network server`, { cause: error });
  };

const putGateway = async (client: Client, ids: Ids, wanted: NetworkGateway): Promise<void> => {
  const { call, gateways: service } = client;
  const update = async (): Promise<void> => {
    const get = new gateways.GetGatewayRequest();
    get.setGatewayId(wanted.id);
    const found = await call(service, service.get, get).catch(elsewhere(client, wanted.id));
    const message = found.getGateway() ?? new gateways.Gateway();
    const request = new gateways.UpdateGatewayRequest();
    request.setGateway(fillGateway(message, wanted));
    await call(service, service.update, request);
  };
  if (ids.gateways.has(wanted.id)) return update();
  const message = fillGateway(new gateways.Gateway(), wanted);
  message.setTenantId(tenantOf(ids));
  const request = new gateways.CreateGatewayRequest();
  request.setGateway(message);
  await unlessThere(call(service, service.create, request), update);
  ids.gateways.add(wanted.id);
};

const putDevice = async (client: Client, ids: Ids, wanted: NetworkDevice): Promise<void> => {
  const { call, devices: service } = client;
  const profileId = needed(ids.profiles, wanted.profile, "the profile");
  const applicationId = needed(ids.applications, wanted.application, "the application");
  const update = async (): Promise<void> => {
    const get = new devices.GetDeviceRequest();
    get.setDevEui(wanted.devEui);
    const message = (await call(service, service.get, get).catch(elsewhere(client, wanted.devEui))).getDevice();
    const ours = [...ids.applications.values()].includes(message?.getApplicationId() ?? "");
    if (message === undefined || !ours)
      throw new ServerTrouble("elsewhere", `${wanted.devEui} belongs to another application of this network server`);
    const request = new devices.UpdateDeviceRequest();
    request.setDevice(fillDevice(message, wanted, profileId));
    await call(service, service.update, request);
  };
  if (ids.devices.has(wanted.devEui)) return update();
  const message = fillDevice(new devices.Device(), wanted, profileId);
  message.setApplicationId(applicationId);
  const request = new devices.CreateDeviceRequest();
  request.setDevice(message);
  await unlessThere(call(service, service.create, request), update);
  ids.devices.add(wanted.devEui);
};

const putGroup = async (
  { call, groups: service }: Client,
  ids: Ids,
  wanted: NetworkGroup,
  keys: GroupKeys,
  fCnt: number,
): Promise<void> => {
  const applicationId = needed(ids.applications, wanted.application, "the application");
  const id = ids.groups.get(wanted.name);
  const message = fillGroup(new groups.MulticastGroup(), wanted, applicationId);
  message.setMcAppSKey(keys.mcAppSKey.revealHex());
  message.setMcNwkSKey(keys.mcNwkSKey.revealHex());
  message.setFCnt(fCnt);
  if (id === undefined) {
    const request = new groups.CreateMulticastGroupRequest();
    request.setMulticastGroup(message);
    ids.groups.set(wanted.name, (await call(service, service.create, request)).getId());
    return;
  }
  message.setId(id);
  const request = new groups.UpdateMulticastGroupRequest();
  request.setMulticastGroup(message);
  await call(service, service.update, request);
};

/** @param api `http://host:port` @param tenantId of a key that is for this tenant alone. */
export const openChirpStack = (api: string, apiKey: string, tenantId?: string): NetworkServer => {
  const client = openClient(api, apiKey, tenantId);
  const { call, devices: service, groups: groupService } = client;
  let ids = noIds();
  return {
    survey(declared, progress) {
      ids = noIds();
      return survey(client, ids, declared, progress);
    },
    roster: (tenant) => roster(client, tenant),
    async knows(devEui) {
      const request = new devices.GetDeviceRequest();
      request.setDevEui(devEui);
      try {
        await call(service, service.get, request);
        return true;
      } catch (error) {
        if (isNotOurs(client, error)) return false;
        throw error;
      }
    },
    putTenant: (name) => putTenant(client, ids, name),
    putApplication: (name) => putApplication(client, ids, name),
    putProfile: (profile) => putProfile(client, ids, profile),
    putGateway: (gateway) => putGateway(client, ids, gateway),
    putDevice: (device) => putDevice(client, ids, device),
    async putKeys(devEui, keys) {
      const create = new devices.CreateDeviceKeysRequest();
      create.setDeviceKeys(keysMessage(devEui, keys));
      await unlessThere(call(service, service.createKeys, create), async () => {
        const update = new devices.UpdateDeviceKeysRequest();
        update.setDeviceKeys(keysMessage(devEui, keys));
        await call(service, service.updateKeys, update);
      });
    },
    async activate(devEui, keys, counters) {
      const request = new devices.ActivateDeviceRequest();
      request.setDeviceActivation(activationMessage(devEui, keys, counters));
      await call(service, service.activate, request);
    },
    async counters(devEui) {
      const request = new devices.GetDeviceActivationRequest();
      request.setDevEui(devEui);
      try {
        const session = (await call(service, service.getActivation, request)).getDeviceActivation();
        return session && countersOf(session);
      } catch (error) {
        if (isNotOurs(client, error)) return undefined;
        throw error;
      }
    },
    putGroup: (group, keys, fCnt) => putGroup(client, ids, group, keys, fCnt),
    async putMember(group, devEui) {
      const request = new groups.AddDeviceToMulticastGroupRequest();
      request.setMulticastGroupId(needed(ids.groups, group, "the group"));
      request.setDevEui(devEui);
      const added = call(groupService, groupService.addDevice, request).catch(elsewhere(client, devEui));
      await unlessThere(added, async () => {});
    },
    async removeMember(group, devEui) {
      const request = new groups.RemoveDeviceFromMulticastGroupRequest();
      request.setMulticastGroupId(needed(ids.groups, group, "the group"));
      request.setDevEui(devEui);
      await call(groupService, groupService.removeDevice, request);
    },
    async putGroupGateway(group, gateway) {
      const request = new groups.AddGatewayToMulticastGroupRequest();
      request.setMulticastGroupId(needed(ids.groups, group, "the group"));
      request.setGatewayId(gateway);
      const added = call(groupService, groupService.addGateway, request).catch(elsewhere(client, gateway));
      await unlessThere(added, async () => {});
    },
    async removeDevice(devEui) {
      const request = new devices.DeleteDeviceRequest();
      request.setDevEui(devEui);
      try {
        await call(service, service.delete, request);
      } catch (error) {
        // A refusal might be the key's own.
        if (!isNotFound(error)) throw error;
      }
      ids.devices.delete(devEui);
    },
    applicationId: (name) => ids.applications.get(name),
    close: client.close,
  };
};
