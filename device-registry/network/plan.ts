/** Declared against actual: what has to be done, in an order in which it can be done. Pure; the same twice plans nothing. */
import type { DeviceKeys, KeysAbout } from "../keys/words.ts";
import type { DevEui } from "../words.ts";
import { sameGroupKeys, sameKeys } from "./same-keys.ts";
import type { KeyRing } from "./server.ts";
import type {
  ActualDevice,
  ActualNetwork,
  DeclaredNetwork,
  FieldChange,
  NetworkDevice,
  NetworkGateway,
  NetworkGroup,
  NetworkProfile,
  Plan,
  Remark,
  Step,
} from "./words.ts";

export interface Planning {
  readonly declared: DeclaredNetwork;
  readonly actual: ActualNetwork;
  readonly keys: KeyRing;
  readonly keysAbout: ReadonlyMap<DevEui, KeysAbout>;
  /** Whether a device was ever heard here: one that was, and has no session there any more, must join again. */
  readonly wasHeard: (devEui: DevEui) => boolean;
  /** Whether the counters of a session were ever saved. */
  readonly sessionSaved: (devEui: DevEui) => boolean;
  /** Remove what the box once made there and does not know any more. */
  readonly prune?: boolean;
}

/** Set on all the box makes: nothing without it is ever removed. */
export const OUR_TAG = "beffroi_model";

type Value = string | number | boolean | undefined;

const fieldsOf = (before: Readonly<Record<string, Value>>, after: Readonly<Record<string, Value>>): FieldChange[] =>
  Object.entries(after).flatMap(([field, to]) =>
    to === undefined || before[field] === to ? [] : [{ field, from: before[field] ?? "", to }],
  );

const profileFields = ({ name: _, ...fields }: NetworkProfile): Readonly<Record<string, Value>> => fields;
const gatewayFields = ({ name, latitude, longitude }: NetworkGateway) => ({
  name,
  // The server keeps doubles; a ten-thousandth of a degree is ten metres, and a millionth nothing anybody measured.
  latitude: latitude?.toFixed(6),
  longitude: longitude?.toFixed(6),
});
const deviceFields = ({ name, joinEui, profile, tags }: NetworkDevice) => ({
  name,
  joinEui,
  profile,
  ...Object.fromEntries(Object.entries(tags).map(([tag, value]) => [`tags.${tag}`, value])),
});
const groupFields = ({ mcAddr, frequencyHz, dataRate }: NetworkGroup) => ({ mcAddr, frequencyHz, dataRate });

/** One step where something differs, none where nothing does. */
const toward = (
  kind: Step["kind"],
  id: string,
  before: Readonly<Record<string, Value>> | undefined,
  after: Readonly<Record<string, Value>>,
): Step[] => {
  const changes = fieldsOf(before ?? {}, after);
  if (before === undefined) return [{ verb: "create", kind, id, changes }];
  return changes.length === 0 ? [] : [{ verb: "update", kind, id, changes }];
};

const bare = (verb: Step["verb"], kind: Step["kind"], id: string): Step => ({ verb, kind, id, changes: [] });

interface Outcome {
  readonly steps: readonly Step[];
  readonly remarks: readonly Remark[];
}

/** Keys of a device that joins. */
const otaaSteps = (devEui: DevEui, sealed: DeviceKeys | undefined, actual: ActualDevice | undefined): Outcome => {
  if (sealed === undefined) {
    if (actual?.keys === undefined) return { steps: [], remarks: [{ code: "no-keys", id: devEui }] };
    const learn = bare("learn", "keys", devEui);
    return { steps: actual.keyMisplaced ? [learn, bare("update", "keys", devEui)] : [learn], remarks: [] };
  }
  if (actual?.keys === undefined) return { steps: [bare("create", "keys", devEui)], remarks: [] };
  const right = sameKeys(sealed, actual.keys) && !actual.keyMisplaced;
  return { steps: right ? [] : [bare("update", "keys", devEui)], remarks: [] };
};

const abpSteps = (devEui: DevEui, sealed: DeviceKeys, actual: ActualDevice | undefined, saved: boolean): Outcome => {
  if (actual?.session !== undefined) {
    const right = sameKeys(sealed, actual.session.keys);
    return { steps: right ? [] : [bare("update", "session", devEui)], remarks: [] };
  }
  // Without saved counters a device in the field may refuse downlinks until they have caught up.
  return {
    steps: [bare("create", "session", devEui)],
    remarks: saved ? [] : [{ code: "session-guessed", id: devEui }],
  };
};

const secretSteps = (devEui: DevEui, actual: ActualDevice | undefined, from: Planning): Outcome => {
  const sealed = from.keys.device(devEui);
  return sealed?.activation === "abp"
    ? abpSteps(devEui, sealed, actual, from.sessionSaved(devEui))
    : otaaSteps(devEui, sealed, actual);
};

const planDevice = (device: NetworkDevice, from: Planning, actual: ActualDevice | undefined): Outcome => {
  const { devEui } = device;
  const record = toward("device", devEui, actual && deviceFields(actual), deviceFields(device));
  const moved: Remark[] =
    actual !== undefined && actual.application !== device.application
      ? [{ code: "elsewhere", id: devEui, detail: actual.application }]
      : [];
  const secrets = secretSteps(devEui, actual, from);
  const joins = from.keysAbout.get(devEui)?.activation !== "abp";
  const rejoin: Remark[] =
    joins && actual?.lastSeenAt === undefined && from.wasHeard(devEui) ? [{ code: "must-rejoin", id: devEui }] : [];
  return { steps: [...record, ...secrets.steps], remarks: [...moved, ...secrets.remarks, ...rejoin] };
};

const planDevices = (from: Planning): Outcome => {
  const actual = new Map(from.actual.devices.map((device) => [device.devEui, device]));
  const elsewhere = new Map(from.actual.elsewhere.map((device) => [device.devEui, device]));
  const steps: Step[] = [];
  const remarks: Remark[] = [];
  for (const device of from.declared.devices) {
    const { devEui } = device;
    const foreign = elsewhere.get(devEui);
    if (foreign === undefined) {
      const planned = planDevice(device, from, actual.get(devEui));
      steps.push(...planned.steps);
      remarks.push(...planned.remarks);
      continue;
    }
    remarks.push({ code: "elsewhere", id: devEui, detail: `${foreign.tenant} / ${foreign.application}` });
    // It is left where it is; but should that server be lost, the box can bring the device back.
    if (foreign.keys !== undefined && from.keys.device(devEui) === undefined) steps.push(bare("learn", "keys", devEui));
  }
  const declared = new Set([...from.declared.devices, ...from.declared.unknownModels].map(({ devEui }) => devEui));
  for (const { devEui, application, tags } of from.actual.devices) {
    if (declared.has(devEui)) continue;
    if (from.prune && tags[OUR_TAG] !== undefined) steps.push(bare("remove", "device", devEui));
    else remarks.push({ code: "not-declared", id: devEui, detail: application });
  }
  return { steps, remarks };
};

const planGroups = ({ declared, actual, keys }: Planning): Step[] => {
  const known = new Map(actual.groups.map((group) => [group.name, group]));
  // Those that are there and not declared are learnt by this very plan.
  const gateways = [...new Set([...declared.gateways, ...actual.gateways].map(({ id }) => id))];
  return declared.groups.flatMap((group) => {
    const there = known.get(group.name);
    const missing = group.members.filter((devEui) => !there?.members.includes(devEui));
    const surplus = there?.members.filter((devEui) => !group.members.includes(devEui)) ?? [];
    const silent = gateways.filter((id) => !there?.gateways.includes(id));
    const record = toward("group", group.name, there && groupFields(there), groupFields(group));
    const sealed = keys.group(group.name);
    const rekeyed = there !== undefined && sealed !== undefined && !sameGroupKeys(sealed, there.keys);
    return [
      ...(record.length === 0 && rekeyed ? [bare("update", "group", group.name)] : record),
      ...missing.map((devEui) => bare("create", "member", `${group.name} ${devEui}`)),
      ...surplus.map((devEui) => bare("remove", "member", `${group.name} ${devEui}`)),
      ...silent.map((id) => bare("create", "group-gateway", `${group.name} ${id}`)),
    ];
  });
};

const planGateways = ({ declared, actual }: Planning): Step[] => {
  const known = new Map(actual.gateways.map((gateway) => [gateway.id, gateway]));
  const ours = new Set(declared.gateways.map(({ id }) => id));
  return [
    ...declared.gateways.flatMap((gateway) => {
      const there = known.get(gateway.id);
      return toward("lora-gateway", gateway.id, there && gatewayFields(there), gatewayFields(gateway));
    }),
    ...actual.gateways.filter(({ id }) => !ours.has(id)).map(({ id }) => bare("learn", "lora-gateway", id)),
  ];
};

export const planNetwork = (from: Planning): Plan => {
  const { declared, actual } = from;
  const profiles = new Map(actual.profiles.map((profile) => [profile.name, profile]));
  const devices = planDevices(from);
  const needsTenant = declared.applications.length + declared.profiles.length + declared.gateways.length > 0;
  const steps: Step[] = [
    ...(actual.tenant || !needsTenant ? [] : [bare("create", "tenant", declared.tenant)]),
    ...declared.applications
      .filter((name) => !actual.applications.includes(name))
      .map((name) => bare("create", "application", name)),
    ...declared.profiles.flatMap((profile) => {
      const there = profiles.get(profile.name);
      return toward("profile", profile.name, there && profileFields(there), profileFields(profile));
    }),
    ...planGateways(from),
    ...devices.steps,
    ...planGroups(from),
  ];
  const touched = new Set(
    steps.map(({ kind, id }) => `${kind === "keys" || kind === "session" ? "device" : kind} ${id}`),
  );
  const all = [
    ...declared.applications.map((name) => `application ${name}`),
    ...declared.profiles.map(({ name }) => `profile ${name}`),
    ...declared.gateways.map(({ id }) => `lora-gateway ${id}`),
    ...declared.devices.map(({ devEui }) => `device ${devEui}`),
    ...declared.groups.map(({ name }) => `group ${name}`),
  ];
  const unknown = declared.unknownModels.map(
    ({ devEui, model }): Remark => ({ code: "unknown-model", id: devEui, detail: model }),
  );
  return {
    steps,
    remarks: [...devices.remarks, ...unknown],
    unchanged: all.filter((each) => !touched.has(each)).length,
  };
};
