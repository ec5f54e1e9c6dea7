/**
 * Where the control socket is: in the data folder; or, where that takes no new file, in a folder of the machine's memory, which is
 * the same user's alone. Whoever may open the one may open the other.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const CONTROL_SOCKET = "control.sock";

/** Made by systemd for the service of docs/deploy.md. */
const RUNTIME_FOLDER = "/run/beffroi";
const NAME_LENGTH = 16;

export const controlSocketOf = (dataFolder: string): string => join(dataFolder, CONTROL_SOCKET);

/** Whatever way leads to it; one that is not there is called as it is named. */
const realName = (folder: string): string => {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
};

const spareIn = (folder: string, dataFolder: string): string => {
  const name = createHash("sha256").update(realName(dataFolder)).digest("hex").slice(0, NAME_LENGTH);
  return join(folder, `beffroi-${name}`, CONTROL_SOCKET);
};

const isPrivate = (stats: Stats): boolean => stats.isDirectory() && (stats.mode & 0o077) === 0;

/** Makes its folder. Throws where that is somebody else's. */
export const spareSocketOf = (dataFolder: string): string => {
  const runtime = process.env.RUNTIME_DIRECTORY?.split(":")[0];
  const socket = spareIn(runtime === undefined || runtime === "" ? tmpdir() : runtime, dataFolder);
  const folder = dirname(socket);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!isPrivate(found) || found.uid !== process.getuid?.())
    throw new Error(`${folder} is another user's, or open to others`);
  return socket;
};

const ownerOf = (folder: string): number | undefined => {
  try {
    return statSync(folder).uid;
  } catch {
    return undefined;
  }
};

/** Where a box may be asked, in this order. A folder that anybody could have made is left out. */
export const controlSocketsOf = (dataFolder: string): readonly string[] => {
  const trusted = [0, process.getuid?.(), ownerOf(dataFolder)];
  const spares = [RUNTIME_FOLDER, tmpdir()].map((folder) => spareIn(folder, dataFolder));
  const isTrusted = (socket: string): boolean => {
    try {
      const found = lstatSync(dirname(socket));
      return isPrivate(found) && trusted.includes(found.uid);
    } catch {
      return false;
    }
  };
  return [controlSocketOf(dataFolder), ...spares.filter(isTrusted)];
};
