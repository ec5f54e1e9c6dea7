/** A network server that is nothing but a memory; it can be told to fail. */
import { type NetworkServer, ServerTrouble } from "../../device-registry/network/server.ts";
import type { ActualDevice, ActualGroup, NetworkGateway, NetworkProfile } from "../../device-registry/network/words.ts";

export function memoryServer() {
  let tenant: string | undefined;
  const applications = new Set<string>();
  const profiles = new Map<string, NetworkProfile>();
  const gateways = new Map<string, NetworkGateway>();
  const devices = new Map<string, ActualDevice>();
  const groups = new Map<string, ActualGroup>();
  let calls = 0;
  /** Called before each change; may throw. */
  let before: (call: number) => void = () => undefined;
  const change = (): void => before(++calls);
  const need = (there: boolean, what: string): void => {
    if (!there) throw new ServerTrouble("refused", `${what} is not there`);
  };
  const server: NetworkServer = {
    survey: async (declared) => ({
      tenant: tenant === declared.tenant,
      applications: [...applications],
      profiles: [...profiles.values()],
      gateways: [...gateways.values()],
      devices: [...devices.values()],
      elsewhere: [],
      groups: [...groups.values()],
    }),
    roster: async (name) => ({
      devices: new Set(name === tenant ? devices.keys() : []),
      heard: new Set(),
      groups: name === tenant ? [...groups.values()] : [],
    }),
    knows: async (devEui) => devices.has(devEui),
    async putTenant(name) {
      change();
      tenant = name;
    },
    async putApplication(name) {
      change();
      need(tenant !== undefined, "the tenant");
      applications.add(name);
    },
    async putProfile(profile) {
      change();
      profiles.set(profile.name, profile);
    },
    async putGateway(gateway) {
      change();
      gateways.set(gateway.id, gateway);
    },
    async putDevice(device) {
      change();
      need(applications.has(device.application) && profiles.has(device.profile), "application or profile");
      devices.set(device.devEui, { ...devices.get(device.devEui), keyMisplaced: false, ...device });
    },
    async putKeys(devEui, keys) {
      change();
      need(devices.has(devEui), "the device");
      devices.set(devEui, { ...devices.get(devEui)!, keys, keyMisplaced: false });
    },
    async activate(devEui, keys, counters) {
      change();
      need(devices.has(devEui), "the device");
      devices.set(devEui, { ...devices.get(devEui)!, session: { keys, counters } });
    },
    counters: async (devEui) => devices.get(devEui)?.session?.counters,
    async putGroup(group, keys, fCnt) {
      change();
      const { members = [], gateways = [] } = groups.get(group.name) ?? {};
      groups.set(group.name, { ...group, keys, fCnt, members, gateways });
    },
    async putMember(name, devEui) {
      change();
      const group = groups.get(name)!;
      groups.set(name, { ...group, members: [...group.members, devEui] });
    },
    async removeMember(name, devEui) {
      change();
      const group = groups.get(name)!;
      groups.set(name, { ...group, members: group.members.filter((one) => one !== devEui) });
    },
    async putGroupGateway(name, gateway) {
      change();
      need(gateways.has(gateway), "the gateway");
      const group = groups.get(name)!;
      groups.set(name, { ...group, gateways: [...group.gateways, gateway] });
    },
    async removeDevice(devEui) {
      change();
      devices.delete(devEui);
    },
    applicationId: (name) => (applications.has(name) ? `id of ${name}` : undefined),
    close: () => undefined,
  };
  return {
    server,
    devices,
    gateways,
    calls: () => calls,
    failing(next: (call: number) => void) {
      before = next;
    },
    lose() {
      tenant = undefined;
      for (const table of [applications, profiles, gateways, devices, groups]) table.clear();
    },
  };
}
