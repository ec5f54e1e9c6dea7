/**
 * Every key of `beffroi.toml`: type, default, and what it means. docs/configuration.md is generated from here, and so is what a
 * wrong value is answered with (`expects`, a key of the catalogue). Keys are written as ChirpStack writes its own: snake_case.
 */
import { z } from "zod";
import { DESTINATION_NAME, DESTINATIONS } from "./config-destinations.ts";
import { duration, type KeyMeta, size, text, url } from "./config-values.ts";

/** Beside the file, when it names no other. */
export const DATA_FOLDER_DEFAULT = "beffroi-data";

const box = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
    .meta({
      description: "Name of this box, unique in the region; it is also the name in its certificate.",
      expects: "box-name",
      example: "remiremont",
    } satisfies KeyMeta),
  data: text({
    description:
      "Folder for journal, registry and `control.sock`, on a disk that survives a power cut. One box, one folder.",
    expects: "folder",
    example: "/var/lib/beffroi",
  }).default(DATA_FOLDER_DEFAULT),
});

const broker = z.strictObject({
  url: url(["mqtt:", "mqtts:"], {
    description: "The MQTT broker to which ChirpStack publishes its events.",
    expects: "mqtt-url",
    example: "mqtt://127.0.0.1:1883",
  }).default("mqtt://127.0.0.1:1883"),
  client_id: text({
    description:
      "MQTT client id. It must stay the same: the broker keeps what arrives while the box restarts under this name.",
    expects: "text",
    example: "beffroi-remiremont",
    otherwise: "`beffroi-` and the name of the box",
  }).optional(),
  session_expiry: duration({ min: "1min", max: "60d" }, "7d", {
    description:
      "How long the broker keeps events for the box while it is away (MQTT 5; brokers of MQTT 3.1.1 decide alone).",
    expects: "duration",
    example: "7d",
  }),
  username: text({ description: "Name at the broker.", expects: "text", example: "beffroi" }).optional(),
  password: text({
    description: "Password at the broker. Prefer `password_file`.",
    expects: "text",
    example: "…",
    secret: true,
  }).optional(),
  password_file: text({
    description: "File that holds the password on its first line, readable by the box only (mode 0600).",
    expects: "file",
    example: "/etc/beffroi/broker.password",
  }).optional(),
  ca: text({
    description:
      "PEM file of the authority that signed the broker's certificate, for `mqtts:` with an authority of one's own.",
    expects: "file",
    example: "/etc/beffroi/broker-ca.pem",
  }).optional(),
  certificate: text({
    description:
      "PEM file with the box's key and certificate for a broker that asks for one (`mqtts:`), readable by the box only (mode 0600).",
    expects: "file",
    example: "/etc/beffroi/broker-client.pem",
  }).optional(),
});

const chirpstack = z.strictObject({
  api: url(["http:", "https:"], {
    description: "ChirpStack's gRPC API.",
    expects: "http-url",
    example: "http://127.0.0.1:8080",
  }),
  api_key_file: text({
    description:
      "File that holds a global API key of ChirpStack on its first line (mode 0600), from `chirpstack -c DIR create-api-key --name beffroi`; or, with `tenant_id`, one of that tenant. A new key needs no restart.",
    expects: "file",
    example: "/etc/beffroi/chirpstack.key",
  }),
  tenant: text({
    description:
      "ChirpStack tenant that holds what the box provisions: applications, profiles, LoRa gateways, devices.",
    expects: "text",
    example: "remiremont",
    otherwise: "the name of the box",
  }).optional(),
  tenant_id: z
    .uuid()
    .toLowerCase()
    .meta({
      description:
        "Id of that tenant in ChirpStack. With it an API key of that tenant alone is enough; the tenant must be there already, and the box sees nothing of the others.",
      expects: "uuid",
      example: "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
      otherwise: "the tenant of that name, with a global key",
    } satisfies KeyMeta)
    .optional(),
});

const redis = z.strictObject({
  url: url(["redis:", "rediss:"], {
    description: "The Redis of ChirpStack, as `[redis] servers` in chirpstack.toml names it; `rediss://` is with TLS.",
    expects: "redis-url",
    example: "redis://127.0.0.1:6379",
  }),
  username: text({
    description: "Name at Redis; it must be allowed to read only.",
    expects: "text",
    example: "beffroi",
  }).optional(),
  password_file: text({
    description:
      "File that holds the password on its first line, readable by the box only (mode 0600). A new one needs no restart.",
    expects: "file",
    example: "/etc/beffroi/redis.password",
  }).optional(),
  ca: text({
    description:
      "PEM file of the authority that signed Redis' certificate, for `rediss:` with an authority of one's own.",
    expects: "file",
    example: "/etc/beffroi/redis-ca.pem",
  }).optional(),
});

const hypervisor = z.strictObject({
  url: url(["https:"], {
    description: "The region's hypervisor.",
    expects: "https-url",
    example: "https://hypervisor.example.org:8443",
  }),
  identity: text({
    description:
      "PEM file with this box's key, its certificate and the hypervisor's authority, written by `beffroi enroll` (mode 0600). The box renews the certificate by itself and must be able to replace the file.",
    expects: "file",
    example: "/var/lib/beffroi/identity.pem",
    otherwise: "`identity.pem` in `box.data`",
  }).optional(),
});

const destination = z.strictObject({
  url: url(["https:"], {
    description: "A receiver that speaks as a hypervisor does.",
    expects: "https-url",
    example: "https://departement.example.org:8443",
  }),
  identity: text({
    description:
      "PEM file with this box's key and certificate there and the receiver's authority, written by `beffroi enroll` (mode 0600). The box renews the certificate by itself and must be able to replace the file.",
    expects: "file",
    example: "/var/lib/beffroi/departement.pem",
  }),
  from: z
    .enum(["now", "oldest"])
    .default("now")
    .meta({
      description:
        "Where it begins when it is added: with what comes from now on, or with the oldest entry the box still keeps.",
      expects: "text",
      example: "now",
    } satisfies KeyMeta),
  hold: duration({ min: "0h", max: "400d" }, "7d", {
    description:
      "How long entries are kept for it while it does not answer; less when space runs short. What it then misses is declared in the journal.",
    expects: "duration",
    example: "7d",
  }),
});

const journal = z.strictObject({
  commit_delay: duration({ min: "0ms", max: "60s" }, "5s", {
    description:
      "How long an ordinary reading may wait for others so that they share one write to the disk. Alarms, outcomes, joins and lamp states never wait. Longer spares flash memory; nothing is acknowledged to the broker before it is written.",
    expects: "duration",
    example: "5s",
  }),
  max_size: size({ min: "1MB", max: "100TB" }, "2GB", {
    description:
      "What the box's file may grow to; SQLite's log beside it takes up to 32 MB more. When it is reached, the box takes off what every destination has, then thins old readings, then drops the oldest; alarms, outcomes and registry changes last. Every loss is counted and told.",
    expects: "size",
    example: "2GB",
  }),
  free_space: size({ min: "0MB", max: "100TB" }, "256MB", {
    description:
      "What the disk keeps free: when less is left, the box's file grows no more, as if `max_size` were reached.",
    expects: "size",
    example: "256MB",
  }),
  keep: duration({ min: "0h", max: "400d" }, "7d", {
    description:
      "How long entries stay after every destination has them, counted in hours the box runs; less when space runs short.",
    expects: "duration",
    example: "7d",
  }),
});

const commands = z.strictObject({
  confirm_from: z
    .number()
    .int()
    .min(2)
    .max(100_000)
    .default(20)
    .meta({
      description: "From so many assets on, a wish for many must be confirmed with a second word.",
      expects: "assets",
      example: "20",
    } satisfies KeyMeta),
  commune_consent: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether such a wish also waits until somebody of the commune agrees (`beffroi consent`).",
      expects: "yes-no",
      example: "true",
    } satisfies KeyMeta),
});

const log = z.strictObject({
  level: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .meta({
      description: "From which weight on lines are logged.",
      expects: "log-level",
      example: "info",
    } satisfies KeyMeta),
});

/** The whole file. `[chirpstack]` and `[hypervisor]` may be left out: the box then works alone. */
export const configSchema = z.strictObject({
  box: box.meta({ description: "This box.", expects: "table" }),
  broker: broker.prefault({}).meta({ description: "Where ChirpStack's events come from.", expects: "table" }),
  chirpstack: chirpstack.optional().meta({
    description:
      "ChirpStack's API, through which the box provisions its devices and learns what LoRa gateways are silent. Optional.",
    expects: "table",
  }),
  redis: redis.optional().meta({
    description:
      "ChirpStack's Redis, where it keeps its last events: read on every few minutes, and after a gap. How many it keeps is `[monitoring] device_event_log_max_history` in chirpstack.toml (10 unless raised; 100000 holds a day of a town). Optional: without it a gap is asked about device by device through ChirpStack's API.",
    expects: "table",
  }),
  hypervisor: hypervisor.optional().meta({
    description: "Where the box sends its journal. Optional: without it the box works alone.",
    expects: "table",
  }),
  destinations: z
    .record(z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/), destination)
    .optional()
    .meta({
      description:
        "Who else receives the journal: any number of them, each by a name you choose and with a place of its own. Optional; no commands come from there.",
      expects: "table",
    }),
  commands: commands.prefault({}).meta({ description: "Commands to many assets at once.", expects: "table" }),
  journal: journal.prefault({}).meta({ description: "How the journal is written.", expects: "table" }),
  log: log.prefault({}).meta({ description: "What is logged, as JSON lines on standard error.", expects: "table" }),
});

export type ConfigFile = z.infer<typeof configSchema>;

/** One key as the documentation and the faults need it. */
export interface ConfigKey extends KeyMeta {
  /** `broker.client_id` */
  readonly path: string;
  readonly required: boolean;
  readonly fallback?: string;
  readonly bounds?: string;
  /** The only values allowed. */
  readonly allowed?: string;
}

interface JsonNode extends Partial<KeyMeta> {
  readonly properties?: Readonly<Record<string, JsonNode>>;
  readonly additionalProperties?: JsonNode | boolean;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly bounds?: string;
}

/** Sections with their description, and every key in the order of the file. */
export function configKeys(): {
  readonly sections: readonly { name: string; description: string; optional: boolean }[];
  readonly keys: readonly ConfigKey[];
} {
  const root = z.toJSONSchema(configSchema, { io: "input" }) as JsonNode;
  const optionalSections = ["chirpstack", "redis", "hypervisor", `${DESTINATIONS}.${DESTINATION_NAME}`];
  const sections: { name: string; description: string; optional: boolean }[] = [];
  const keys: ConfigKey[] = [];
  for (const [table, declared] of Object.entries(root.properties ?? {})) {
    const named = declared.additionalProperties;
    const isNamed = typeof named === "object" && named.properties !== undefined;
    const section = isNamed ? `${table}.${DESTINATION_NAME}` : table;
    const node = isNamed ? { ...named, description: declared.description ?? "" } : declared;
    sections.push({ name: section, description: node.description ?? "", optional: optionalSections.includes(section) });
    for (const [key, leaf] of Object.entries(node.properties ?? {})) {
      const { description = "", expects = "text", example = "", secret, otherwise, bounds } = leaf;
      keys.push({
        path: `${section}.${key}`,
        required: node.required?.includes(key) ?? false,
        description,
        expects,
        example,
        ...(secret === undefined ? {} : { secret }),
        ...(otherwise === undefined ? {} : { otherwise }),
        ...(bounds === undefined ? {} : { bounds }),
        ...(leaf.enum === undefined ? {} : { allowed: leaf.enum.join(", ") }),
        ...(leaf.default === undefined ? {} : { fallback: String(leaf.default) }),
      });
    }
  }
  return { sections, keys };
}
