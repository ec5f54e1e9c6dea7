/** Whether two sets of keys are the same, compared in constant time a key. */
import { SecretKey } from "../keys/secret.ts";
import type { DeviceKeys, GroupKeys } from "../keys/words.ts";

const fields = (keys: DeviceKeys): readonly [string, unknown][] =>
  // What LoRaWAN version a device follows is its profile's affair; an empty optional key is none.
  Object.entries(keys).filter(([name, value]) => name !== "lorawan" && value !== undefined);

export const sameKeys = (one: DeviceKeys, other: DeviceKeys): boolean => {
  const [a, b] = [fields(one), new Map(fields(other))];
  return (
    a.length === b.size &&
    a.every(([name, value]) => {
      const against = b.get(name);
      return value instanceof SecretKey ? against instanceof SecretKey && value.equals(against) : value === against;
    })
  );
};

export const sameGroupKeys = (one: GroupKeys, other: GroupKeys): boolean =>
  one.mcAppSKey.equals(other.mcAppSKey) && one.mcNwkSKey.equals(other.mcNwkSKey);
