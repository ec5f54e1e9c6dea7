/** beffroi.toml as a person would write it. */

export interface Settings {
  readonly name: string;
  readonly data: string;
  readonly broker: string;
  readonly chirpstack?: {
    readonly api: string;
    readonly apiKeyFile: string;
    /** Whose key it is; absent: a global one. */
    readonly tenantId?: string;
  };
}

const line = (key: string, value: string): string => `${key} = ${JSON.stringify(value)}`;

export const tomlOf = ({ name, data, broker, chirpstack }: Settings): string => {
  const sections = [
    ["[box]", line("name", name), line("data", data)],
    ["[broker]", line("url", broker)],
    ...(chirpstack === undefined
      ? []
      : [
          [
            "[chirpstack]",
            line("api", chirpstack.api),
            line("api_key_file", chirpstack.apiKeyFile),
            ...(chirpstack.tenantId === undefined ? [] : [line("tenant_id", chirpstack.tenantId)]),
          ],
        ]),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
};
