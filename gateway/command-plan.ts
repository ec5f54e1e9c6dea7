/** How a command goes to its device, as its model and codec say. */
import type { Codec } from "../codecs/words.ts";
import type { Command } from "../commands/command.ts";
import type { Registry } from "../device-registry/store.ts";
import type { LastProvable, Model, ModelCommand } from "../device-registry/words.ts";

export interface PlanParts {
  readonly registry: Pick<Registry, "asset" | "device" | "deviceOf">;
  readonly findModel: (id: string) => Model | undefined;
  readonly findCodec: (model: string) => Codec | undefined;
  /** Address and keys of a multicast group, for the frame that gives them to a device; or why there are none. */
  readonly groupFields?: (group: string, devEui: string) => Readonly<Record<string, unknown>> | string;
}

export interface Promised {
  readonly model: Model;
  readonly promise: ModelCommand;
  readonly devEui: string;
}

export interface Plan {
  readonly devEui: string;
  readonly applicationId: string;
  readonly deviceClass: Model["deviceClass"];
  readonly fPort: number;
  readonly bytes: Uint8Array;
  readonly lastProvable: LastProvable;
  /** It carries keys: each device is told alone. */
  readonly isPrivate: boolean;
}

export interface Plans {
  /** What the model promises, or why there is nothing to promise. */
  promiseOf(command: Pick<Command, "target" | "name">): Promised | string;
  /** The bytes and their way, or why it cannot go. */
  planOf(command: Command): Plan | string;
  /** Its fields with those a person need not give. */
  fieldsOf(command: Pick<Command, "fields">, promise: ModelCommand): Readonly<Record<string, unknown>>;
  /** Two commands of one matter replace each other: a dim, another dim and the return from it, but not a dim and an interval. */
  matterOf(command: Pick<Command, "target" | "name">): string;
}

/** The group whose keys a command gives. */
export const groupOf = ({ fields }: Pick<Command, "fields">): string => String(fields.group ?? "");

export const createPlans = ({ registry, findModel, findCodec, groupFields }: PlanParts): Plans => {
  const fieldsOf: Plans["fieldsOf"] = (command, promise) => ({ ...promise.defaults, ...command.fields });

  const promiseOf: Plans["promiseOf"] = ({ target, name }) => {
    const device = registry.deviceOf(target);
    if (registry.asset(target) === undefined) return "unknown-asset";
    if (device === undefined) return "no-device";
    const model = findModel(device.model);
    const promise = model?.commands[name];
    return model && promise ? { model, promise, devEui: device.devEui } : "unknown-command";
  };

  return {
    promiseOf,
    fieldsOf,
    planOf(command) {
      const found = promiseOf(command);
      if (typeof found === "string") return found;
      const codec = findCodec(found.model.id);
      if (codec === undefined) return "no-codec";
      const { joinsGroup } = found.promise;
      const fields = joinsGroup ? groupFields?.(groupOf(command), found.devEui) : fieldsOf(command, found.promise);
      if (fields === undefined || typeof fields === "string") return fields ?? "unknown-group";
      const encoded = codec.encode(found.promise.encodes, fields);
      // What a codec says of a wrong field may repeat it.
      if (!encoded.ok && joinsGroup) return `${encoded.fault.code}: the group's keys do not fit the frame`;
      if (!encoded.ok) return `${encoded.fault.code}: ${encoded.fault.message}`;
      return {
        devEui: found.devEui,
        applicationId: registry.device(found.devEui)?.applicationId ?? "",
        deviceClass: found.model.deviceClass,
        fPort: encoded.value.fPort,
        bytes: encoded.value.bytes,
        lastProvable: found.promise.lastProvable ?? found.model.lastProvable,
        isPrivate: joinsGroup === true,
      };
    },
    matterOf(command) {
      const found = promiseOf(command);
      return typeof found === "string" ? command.name : (found.promise.returns ?? command.name);
    },
  };
};
