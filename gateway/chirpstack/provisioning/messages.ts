/** Between our shapes and ChirpStack's messages. Here stands which key goes into which field. */
import devices from "@chirpstack/chirpstack-api/api/device_pb.js";
import profiles from "@chirpstack/chirpstack-api/api/device_profile_pb.js";
import type gateways from "@chirpstack/chirpstack-api/api/gateway_pb.js";
import groups from "@chirpstack/chirpstack-api/api/multicast_group_pb.js";
import common from "@chirpstack/chirpstack-api/common/common_pb.js";
import {
  type AbpKeys,
  isLorawan11,
  type LorawanVersion,
  type OtaaKeys,
  SecretKey,
} from "../../../device-registry/keys/index.ts";
import type {
  FrameCounters,
  NetworkDevice,
  NetworkGateway,
  NetworkGroup,
  NetworkProfile,
} from "../../../device-registry/network/words.ts";

export type Profile = InstanceType<typeof profiles.DeviceProfile>;
export type Gateway = InstanceType<typeof gateways.Gateway>;
export type Device = InstanceType<typeof devices.Device>;
export type Keys = InstanceType<typeof devices.DeviceKeys>;
export type Activation = InstanceType<typeof devices.DeviceActivation>;
export type Group = InstanceType<typeof groups.MulticastGroup>;

const { MacVersion, RegParamsRevision, Region } = common;

/** With the revision of the regional parameters that belongs to it. */
const VERSIONS = {
  "1.0.0": [MacVersion.LORAWAN_1_0_0, RegParamsRevision.A],
  "1.0.1": [MacVersion.LORAWAN_1_0_1, RegParamsRevision.A],
  "1.0.2": [MacVersion.LORAWAN_1_0_2, RegParamsRevision.B],
  "1.0.3": [MacVersion.LORAWAN_1_0_3, RegParamsRevision.A],
  "1.0.4": [MacVersion.LORAWAN_1_0_4, RegParamsRevision.RP002_1_0_3],
  "1.1.0": [MacVersion.LORAWAN_1_1_0, RegParamsRevision.A],
} as const satisfies Record<LorawanVersion, readonly [number, number]>;

export const lorawanOf = (profile: Profile): LorawanVersion =>
  (Object.entries(VERSIONS).find(([, [mac]]) => mac === profile.getMacVersion())?.[0] ?? "1.0.3") as LorawanVersion;

/** EU868's second receive window, where an ABP device waits for what is not sent in the first. */
const RX2_HZ = 869_525_000;
/** Once a day the device is asked for its battery; the answer rides on an uplink. */
const STATUS_REQUESTS_PER_DAY = 1;
const STATS_INTERVAL_SECONDS = 30;

/** Sets what is ours in a profile, new or read. */
export const fillProfile = (message: Profile, wanted: NetworkProfile): Profile => {
  const [mac, regional] = VERSIONS[wanted.lorawan];
  message.setName(wanted.name);
  message.setRegion(Region.EU868);
  message.setMacVersion(mac);
  message.setRegParamsRevision(regional);
  message.setAdrAlgorithmId("default");
  message.setPayloadCodecRuntime(profiles.CodecRuntime.NONE);
  message.setPayloadCodecScript("");
  message.setUplinkInterval(wanted.intervalSeconds);
  message.setDeviceStatusReqInterval(STATUS_REQUESTS_PER_DAY);
  message.setSupportsOtaa(wanted.activation === "otaa");
  message.setSupportsClassB(wanted.deviceClass === "B");
  message.setSupportsClassC(wanted.deviceClass === "C");
  message.setClassCTimeout(wanted.classCTimeoutSeconds);
  if (wanted.activation === "abp") {
    message.setAbpRx1Delay(1);
    message.setAbpRx2Freq(RX2_HZ);
  }
  return message;
};

export const profileOf = (message: Profile): NetworkProfile => ({
  name: message.getName(),
  lorawan: lorawanOf(message),
  activation: message.getSupportsOtaa() ? "otaa" : "abp",
  deviceClass: message.getSupportsClassC() ? "C" : message.getSupportsClassB() ? "B" : "A",
  intervalSeconds: message.getUplinkInterval(),
  classCTimeoutSeconds: message.getClassCTimeout(),
  decodes: message.getPayloadCodecRuntime() !== profiles.CodecRuntime.NONE,
});

export const fillGateway = (message: Gateway, { id, name, latitude, longitude }: NetworkGateway): Gateway => {
  message.setGatewayId(id);
  message.setName(name);
  if (message.getStatsInterval() === 0) message.setStatsInterval(STATS_INTERVAL_SECONDS);
  if (latitude !== undefined && longitude !== undefined) {
    const place = message.getLocation() ?? new common.Location();
    place.setLatitude(latitude);
    place.setLongitude(longitude);
    place.setSource(common.LocationSource.CONFIG);
    message.setLocation(place);
  }
  return message;
};

/** ChirpStack stores 0, 0 for a gateway that nobody has put on the map. */
export const gatewayOf = (item: InstanceType<typeof gateways.GatewayListItem>): NetworkGateway => {
  const [latitude, longitude] = [item.getLocation()?.getLatitude() ?? 0, item.getLocation()?.getLongitude() ?? 0];
  return {
    id: item.getGatewayId().toLowerCase(),
    name: item.getName(),
    ...(latitude === 0 && longitude === 0 ? {} : { latitude, longitude }),
  };
};

export const fillDevice = (message: Device, wanted: NetworkDevice, profileId: string): Device => {
  message.setDevEui(wanted.devEui);
  message.setName(wanted.name);
  message.setJoinEui(wanted.joinEui);
  message.setDeviceProfileId(profileId);
  for (const [tag, value] of Object.entries(wanted.tags)) message.getTagsMap().set(tag, value);
  return message;
};

export const tagsOf = (message: Device): Record<string, string> => {
  const tags: Record<string, string> = {};
  message.getTagsMap().forEach((value: string, tag: string) => {
    tags[tag] = value;
  });
  return tags;
};

/** The AppKey of LoRaWAN 1.0 goes into the field `nwk_key`; `app_key` is for 1.1 alone. */
export const keysMessage = (devEui: string, keys: OtaaKeys): Keys => {
  const message = new devices.DeviceKeys();
  message.setDevEui(devEui);
  if (isLorawan11(keys.lorawan)) {
    message.setNwkKey((keys.nwkKey ?? keys.appKey).revealHex());
    message.setAppKey(keys.appKey.revealHex());
  } else message.setNwkKey(keys.appKey.revealHex());
  if (keys.genAppKey !== undefined) message.setGenAppKey(keys.genAppKey.revealHex());
  return message;
};

/** An empty field is stored as zeros. */
const keyIn = (hex: string): SecretKey | undefined => {
  const key = SecretKey.parse(hex);
  return key?.isZero ? undefined : key;
};

export const otaaOf = (
  message: Keys,
  lorawan: LorawanVersion,
): { readonly keys?: OtaaKeys; readonly keyMisplaced: boolean } => {
  const [nwkKey, appKey, genAppKey] = [message.getNwkKey(), message.getAppKey(), message.getGenAppKey()].map(keyIn);
  const further = genAppKey === undefined ? {} : { genAppKey };
  if (isLorawan11(lorawan)) {
    if (appKey === undefined || nwkKey === undefined) return { keyMisplaced: false };
    return { keys: { activation: "otaa", lorawan, appKey, nwkKey, ...further }, keyMisplaced: false };
  }
  const key = nwkKey ?? appKey;
  if (key === undefined) return { keyMisplaced: false };
  return { keys: { activation: "otaa", lorawan, appKey: key, ...further }, keyMisplaced: nwkKey === undefined };
};

export const activationMessage = (devEui: string, keys: AbpKeys, counters: FrameCounters): Activation => {
  const message = new devices.DeviceActivation();
  message.setDevEui(devEui);
  message.setDevAddr(keys.devAddr);
  message.setAppSKey(keys.appSKey.revealHex());
  // LoRaWAN 1.0 has one network key; it stands in all three fields.
  message.setNwkSEncKey(keys.nwkSKey.revealHex());
  message.setSNwkSIntKey((keys.sNwkSIntKey ?? keys.nwkSKey).revealHex());
  message.setFNwkSIntKey((keys.fNwkSIntKey ?? keys.nwkSKey).revealHex());
  message.setFCntUp(counters.fCntUp);
  message.setNFCntDown(counters.nFCntDown);
  message.setAFCntDown(counters.aFCntDown);
  return message;
};

export const countersOf = (message: Activation): FrameCounters => ({
  fCntUp: message.getFCntUp(),
  nFCntDown: message.getNFCntDown(),
  aFCntDown: message.getAFCntDown(),
});

export const abpOf = (message: Activation, lorawan: LorawanVersion): AbpKeys | undefined => {
  const [appSKey, nwkSKey] = [message.getAppSKey(), message.getNwkSEncKey()].map((hex) => SecretKey.parse(hex));
  if (appSKey === undefined || nwkSKey === undefined) return undefined;
  const bare = { activation: "abp", lorawan, devAddr: message.getDevAddr().toLowerCase(), appSKey, nwkSKey } as const;
  if (!isLorawan11(lorawan)) return bare;
  const [sNwkSIntKey, fNwkSIntKey] = [message.getSNwkSIntKey(), message.getFNwkSIntKey()].map((hex) =>
    SecretKey.parse(hex),
  );
  return { ...bare, ...(sNwkSIntKey && { sNwkSIntKey }), ...(fNwkSIntKey && { fNwkSIntKey }) };
};

export const fillGroup = (message: Group, wanted: NetworkGroup, applicationId: string): Group => {
  message.setName(wanted.name);
  message.setApplicationId(applicationId);
  message.setRegion(Region.EU868);
  message.setMcAddr(wanted.mcAddr);
  message.setGroupType(groups.MulticastGroupType.CLASS_C);
  message.setDr(wanted.dataRate);
  message.setFrequency(wanted.frequencyHz);
  message.setClassCSchedulingType(groups.MulticastGroupSchedulingType.DELAY);
  return message;
};
