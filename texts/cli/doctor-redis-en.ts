/** `beffroi doctor`: ChirpStack’s Redis, where the box finds again what an outage took from it. */
import type { SameKeys } from "../catalogue.ts";
import type { doctorRedisFr } from "./doctor-redis-fr.ts";

export const doctorRedisEn: SameKeys<typeof doctorRedisFr> = {
  "doctor.redis-well":
    "Redis holds ChirpStack’s last event, of {time} ({url}). || Redis holds ChirpStack’s last {n} events, back to {time} ({url}).",
  "doctor.redis-empty": "Redis answers ({url}), but ChirpStack has written nothing there.",
  "doctor.redis-empty.means": "After an outage of the broker nothing could be found again here.",
  "doctor.redis-empty.todo":
    "See whether it is ChirpStack’s Redis ([redis] servers in chirpstack.toml, without key_prefix), database number included.",
  "doctor.redis-short":
    "Redis holds only {n} event of ChirpStack, of {time} ({url}). || Redis holds only {n} events of ChirpStack, back to {time} ({url}).",
  "doctor.redis-short.means": "Of an outage of the broker that lasts longer, not everything would be found again.",
  "doctor.redis-short.todo":
    "In chirpstack.toml, [monitoring], set device_event_log_max_history = 100000 and per_device_event_log_max_history = 100, then restart ChirpStack. A limit just raised fills up with time.",
  "doctor.redis-refused": "Redis refuses the box ({url}): {detail}",
  "doctor.redis-refused.means":
    "What an outage of the broker took is asked of ChirpStack’s API, device by device: less is found again.",
  "doctor.redis-refused.todo":
    "Check redis.username and the password in redis.password_file; reading must be allowed (XRANGE, XREVRANGE, XLEN, TIME).",
  "doctor.redis-unreachable": "Redis does not answer ({url}): {detail}",
  "doctor.redis-unreachable.means":
    "What an outage of the broker took is asked of ChirpStack’s API, device by device: less is found again.",
  "doctor.redis-unreachable.todo": "See whether Redis runs, and whether redis.url is its address.",
  "doctor.redis-file-unreadable": "A file of [redis] cannot be read: {detail}",
  "doctor.redis-file-unreadable.means": "The box cannot introduce itself to Redis.",
  "doctor.redis-file-unreadable.todo": "Correct redis.password_file or redis.ca, readable by the box (mode 0600).",
  "doctor.redis-password-exposed": "The password of Redis can be read by others: {file}.",
  "doctor.redis-password-exposed.means": "Whoever copied it can read the events of every device.",
  "doctor.redis-password-exposed.todo": "chmod 600 {file}, then change that password in Redis.",
};
