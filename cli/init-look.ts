/** What `init` finds out by itself, so that nobody is asked for it. */
import { accessSync, constants, existsSync } from "node:fs";
import { connect } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";

export interface Found {
  /** A broker of this machine answers at its usual port. */
  readonly broker: boolean;
  readonly api: boolean;
  /** A file that holds an API key, by its usual names. */
  readonly apiKeyFile: string | undefined;
  readonly timeZone: string;
  readonly dataFolder: string;
  readonly hostname: string;
}

export const BROKER = { host: "127.0.0.1", port: 1883 } as const;
export const API = { host: "127.0.0.1", port: 8080 } as const;
const ANSWER_MS_MAX = 1_000;
const SYSTEM_DATA = "/var/lib/beffroi";

/** Whether somebody listens there. */
export const answers = ({ host, port }: { readonly host: string; readonly port: number }): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_MS_MAX });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

export const lookAround = async (cwd: string): Promise<Found> => {
  const [broker, api] = await Promise.all([answers(BROKER), answers(API)]);
  return {
    broker,
    api,
    apiKeyFile: [join(cwd, "chirpstack.key"), "/etc/beffroi/chirpstack.key"].find((file) => existsSync(file)),
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    dataFolder: isWritable(SYSTEM_DATA) ? SYSTEM_DATA : join(cwd, "beffroi-data"),
    hostname: hostname(),
  };
};

interface Commune {
  readonly insee: string;
  readonly name: string;
  readonly box: string;
}

/** The communes this program knows by name; none in an image that leaves them out. */
export const knownCommunes = async (): Promise<readonly Commune[]> => {
  const leaf = `territory.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`;
  try {
    const { COMMUNES } = (await import(new URL(`../fixtures/${leaf}`, import.meta.url).href)) as {
      readonly COMMUNES: readonly Commune[];
    };
    return COMMUNES;
  } catch {
    return [];
  }
};

/** `Saint-Étienne-lès-Remiremont` → `saint-etienne-les-remiremont`. */
export const boxNameOf = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
