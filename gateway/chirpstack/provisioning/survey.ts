/** What stands at ChirpStack, read through its API. */
import applications from "@chirpstack/chirpstack-api/api/application_pb.js";
import devices from "@chirpstack/chirpstack-api/api/device_pb.js";
import profiles from "@chirpstack/chirpstack-api/api/device_profile_pb.js";
import gateways from "@chirpstack/chirpstack-api/api/gateway_pb.js";
import groups from "@chirpstack/chirpstack-api/api/multicast_group_pb.js";
import tenants from "@chirpstack/chirpstack-api/api/tenant_pb.js";
import { LORAWAN_DEFAULT, type LorawanVersion, SecretKey } from "../../../device-registry/keys/index.ts";
import { type Progress, type Roster, ServerTrouble } from "../../../device-registry/network/server.ts";
import type {
  ActualDevice,
  ActualGroup,
  ActualNetwork,
  DeclaredNetwork,
  NetworkProfile,
} from "../../../device-registry/network/words.ts";
import type { DevEui } from "../../../device-registry/words.ts";
import { type Client, inLanes, isNotFound, pages } from "./client.ts";
import { abpOf, countersOf, gatewayOf, lorawanOf, otaaOf, profileOf, tagsOf } from "./messages.ts";

/** ChirpStack's ids, by our names. */
export interface Ids {
  tenant: string | undefined;
  readonly applications: Map<string, string>;
  readonly profiles: Map<string, string>;
  readonly groups: Map<string, string>;
  readonly gateways: Set<string>;
  readonly devices: Set<string>;
}

export const noIds = (): Ids => ({
  tenant: undefined,
  applications: new Map(),
  profiles: new Map(),
  groups: new Map(),
  gateways: new Set(),
  devices: new Set(),
});

type DeviceItem = InstanceType<typeof devices.DeviceListItem>;

/** Who reads further than this reads somebody else's network. */
const FOREIGN_APPLICATIONS_MAX = 500;

interface NamedTenant {
  readonly id: string;
  readonly name: string;
}

/** A key of one tenant may not list them, and knows that one only: it is `ours`, whatever its name is there. */
const listTenants = async (
  { call, tenants: service, tenantId }: Client,
  ours: string,
): Promise<readonly NamedTenant[]> => {
  if (tenantId !== undefined) return [{ id: tenantId, name: ours }];
  const items = await pages(new tenants.ListTenantsRequest(), (request) => call(service, service.list, request));
  return items.map((item) => ({ id: item.getId(), name: item.getName() }));
};

const listApplications = ({ call, applications: service }: Client, tenantId: string) => {
  const request = new applications.ListApplicationsRequest();
  request.setTenantId(tenantId);
  return pages(request, (each) => call(service, service.list, each));
};

const listDevices = ({ call, devices: service }: Client, applicationId: string, groupId?: string) => {
  const request = new devices.ListDevicesRequest();
  request.setApplicationId(applicationId);
  if (groupId !== undefined) request.setMulticastGroupId(groupId);
  return pages(request, (each) => call(service, service.list, each));
};

const listGateways = ({ call, gateways: service, tenantId }: Client, groupId?: string) => {
  const request = new gateways.ListGatewaysRequest();
  if (tenantId !== undefined) request.setTenantId(tenantId);
  if (groupId !== undefined) request.setMulticastGroupId(groupId);
  return pages(request, (each) => call(service, service.list, each));
};

const readProfiles = async (client: Client, ids: Ids) => {
  const { call, profiles: service } = client;
  const list = new profiles.ListDeviceProfilesRequest();
  list.setTenantId(ids.tenant ?? "");
  const items = await pages(list, (each) => call(service, service.list, each));
  const found = await inLanes(items, (item) => {
    const request = new profiles.GetDeviceProfileRequest();
    request.setId(item.getId());
    return call(service, service.get, request);
  });
  const byId = new Map<string, NetworkProfile>();
  for (const reply of found) {
    const message = reply.getDeviceProfile();
    // A list of one's own tenant also has what the server offers to all.
    if (message === undefined || message.getTenantId() !== ids.tenant) continue;
    byId.set(message.getId(), profileOf(message));
    if (!ids.profiles.has(message.getName())) ids.profiles.set(message.getName(), message.getId());
  }
  return byId;
};

const readKeys = async ({ call, devices: service }: Client, devEui: string, lorawan: LorawanVersion) => {
  const request = new devices.GetDeviceKeysRequest();
  request.setDevEui(devEui);
  try {
    const message = (await call(service, service.getKeys, request)).getDeviceKeys();
    return message === undefined ? { keyMisplaced: false } : otaaOf(message, lorawan);
  } catch (error) {
    if (isNotFound(error)) return { keyMisplaced: false };
    throw error;
  }
};

const readSession = async (
  { call, devices: service }: Client,
  devEui: string,
  lorawan: LorawanVersion,
): Promise<Pick<ActualDevice, "session">> => {
  const request = new devices.GetDeviceActivationRequest();
  request.setDevEui(devEui);
  const message = (await call(service, service.getActivation, request)).getDeviceActivation();
  const keys = message && abpOf(message, lorawan);
  return keys === undefined ? {} : { session: { keys, counters: countersOf(message!) } };
};

const readDevice = async (
  client: Client,
  item: DeviceItem,
  application: string,
  profile: NetworkProfile | undefined,
): Promise<ActualDevice | undefined> => {
  const devEui = item.getDevEui().toLowerCase();
  const request = new devices.GetDeviceRequest();
  request.setDevEui(devEui);
  const reply = await client.call(client.devices, client.devices.get, request);
  const message = reply.getDevice();
  if (message === undefined) return undefined;
  const lorawan = profile?.lorawan ?? LORAWAN_DEFAULT;
  const secrets =
    profile?.activation === "abp"
      ? { keyMisplaced: false, ...(await readSession(client, devEui, lorawan)) }
      : await readKeys(client, devEui, lorawan);
  const seen = reply.getLastSeenAt();
  return {
    devEui,
    name: message.getName(),
    joinEui: message.getJoinEui().toLowerCase() || "0".repeat(16),
    application,
    profile: profile?.name ?? item.getDeviceProfileName(),
    tags: tagsOf(message),
    ...secrets,
    ...(seen === undefined ? {} : { lastSeenAt: seen.getSeconds() * 1_000 }),
  };
};

/** Declared devices in applications of others: there a profile of another tenant says what the keys' field is. */
const readElsewhere = async (
  client: Client,
  ids: Ids,
  declared: DeclaredNetwork,
): Promise<ActualNetwork["elsewhere"]> => {
  const wanted = new Set(declared.devices.map(({ devEui }) => devEui).filter((devEui) => !ids.devices.has(devEui)));
  if (wanted.size === 0) return [];
  const found: ActualNetwork["elsewhere"][number][] = [];
  const versions = new Map<string, NetworkProfile>();
  const profile = async (id: string): Promise<NetworkProfile | undefined> => {
    if (versions.has(id)) return versions.get(id);
    const request = new profiles.GetDeviceProfileRequest();
    request.setId(id);
    const message = (await client.call(client.profiles, client.profiles.get, request)).getDeviceProfile();
    if (message !== undefined) versions.set(id, { ...profileOf(message), lorawan: lorawanOf(message) });
    return versions.get(id);
  };
  let asked = 0;
  for (const tenant of await listTenants(client, declared.tenant)) {
    for (const application of await listApplications(client, tenant.id)) {
      if (tenant.id === ids.tenant && ids.applications.get(application.getName()) === application.getId()) continue;
      if (++asked > FOREIGN_APPLICATIONS_MAX) return found;
      for (const item of await listDevices(client, application.getId())) {
        if (!wanted.has(item.getDevEui().toLowerCase())) continue;
        const device = await readDevice(client, item, application.getName(), await profile(item.getDeviceProfileId()));
        if (device !== undefined) found.push({ ...device, tenant: tenant.name });
      }
    }
  }
  return found;
};

const readGroups = async (client: Client, ids: Ids): Promise<ActualGroup[]> => {
  const { call, groups: service } = client;
  const found: ActualGroup[] = [];
  for (const [application, applicationId] of ids.applications) {
    const list = new groups.ListMulticastGroupsRequest();
    list.setApplicationId(applicationId);
    for (const item of await pages(list, (each) => call(service, service.list, each))) {
      const request = new groups.GetMulticastGroupRequest();
      request.setId(item.getId());
      const message = (await call(service, service.get, request)).getMulticastGroup();
      const [mcAppSKey, mcNwkSKey] = [message?.getMcAppSKey(), message?.getMcNwkSKey()].map((hex) =>
        SecretKey.parse(hex ?? ""),
      );
      if (message === undefined || mcAppSKey === undefined || mcNwkSKey === undefined) continue;
      ids.groups.set(message.getName(), message.getId());
      found.push({
        name: message.getName(),
        application,
        mcAddr: message.getMcAddr().toLowerCase(),
        frequencyHz: message.getFrequency(),
        dataRate: message.getDr(),
        members: (await listDevices(client, applicationId, item.getId())).map((one) => one.getDevEui().toLowerCase()),
        gateways: (await listGateways(client, item.getId())).map((one) => one.getGatewayId().toLowerCase()),
        keys: { mcAppSKey, mcNwkSKey },
        fCnt: message.getFCnt(),
      });
    }
  }
  return found;
};

const readGateways = async (client: Client, ids: Ids) => {
  const items = await listGateways(client);
  const found = new Map(items.map((item) => [item.getGatewayId().toLowerCase(), gatewayOf(item)]));
  for (const id of found.keys()) ids.gateways.add(id);
  return [...found.values()];
};

/** Only the lists: a call for every 250 devices and one for each group. */
export const roster = async (client: Client, tenant: string): Promise<Roster> => {
  const { call, groups: service } = client;
  const devEuis = new Set<DevEui>();
  const heard = new Set<DevEui>();
  const counted: { name: string; fCnt: number }[] = [];
  const named = (await listTenants(client, tenant)).find(({ name }) => name === tenant);
  for (const item of named === undefined ? [] : await listApplications(client, named.id)) {
    for (const device of await listDevices(client, item.getId())) {
      devEuis.add(device.getDevEui().toLowerCase());
      if (device.hasLastSeenAt()) heard.add(device.getDevEui().toLowerCase());
    }
    const list = new groups.ListMulticastGroupsRequest();
    list.setApplicationId(item.getId());
    for (const group of await pages(list, (each) => call(service, service.list, each))) {
      const request = new groups.GetMulticastGroupRequest();
      request.setId(group.getId());
      const message = (await call(service, service.get, request)).getMulticastGroup();
      if (message !== undefined) counted.push({ name: message.getName(), fCnt: message.getFCnt() });
    }
  }
  return { devices: devEuis, heard, groups: counted };
};

/** Fills `ids` on its way. */
export const survey = async (
  client: Client,
  ids: Ids,
  declared: DeclaredNetwork,
  progress?: Progress,
): Promise<ActualNetwork> => {
  const named = (await listTenants(client, declared.tenant)).filter(({ name }) => name === declared.tenant);
  if (named.length > 1) throw new ServerTrouble("refused", `${named.length} tenants are named ${declared.tenant}`);
  ids.tenant = named[0]?.id;
  const known: { item: DeviceItem; application: string }[] = [];
  const applicationNames: string[] = [];
  for (const item of ids.tenant === undefined ? [] : await listApplications(client, ids.tenant)) {
    // Of two that have one name, the first is ours: the other one's devices are elsewhere.
    if (ids.applications.has(item.getName())) continue;
    ids.applications.set(item.getName(), item.getId());
    applicationNames.push(item.getName());
    for (const device of await listDevices(client, item.getId())) {
      ids.devices.add(device.getDevEui().toLowerCase());
      known.push({ item: device, application: item.getName() });
    }
  }
  const profileById = ids.tenant === undefined ? new Map<string, NetworkProfile>() : await readProfiles(client, ids);
  let done = 0;
  const found = await inLanes(known, async ({ item, application }) => {
    const device = await readDevice(client, item, application, profileById.get(item.getDeviceProfileId()));
    progress?.(++done, known.length);
    return device;
  });
  return {
    tenant: ids.tenant !== undefined,
    applications: applicationNames,
    profiles: [...profileById.values()].filter(({ name }, at, all) => all.findIndex((one) => one.name === name) === at),
    gateways: await readGateways(client, ids),
    devices: found.filter((device) => device !== undefined),
    elsewhere: await readElsewhere(client, ids, declared),
    groups: await readGroups(client, ids),
  };
};
