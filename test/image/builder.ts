/** buildah with a store of its own in one folder: nothing of it stays, nothing of the machine's images is seen. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cpu } from "./base.ts";
import { CPU_HERE } from "./base.ts";
import { run } from "./command.ts";

export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

export interface Bases {
  readonly base: string;
  readonly buildBase: string;
  /** Images that only exist here are never asked for elsewhere. */
  readonly local: boolean;
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
const BUILD_WITHIN_MS = 1_200_000;

export const createBuilder = (folder: string, logFile: string) => {
  const store = ["--root", join(folder, "store"), "--runroot", join(folder, "run"), "--storage-driver", "overlay"];
  const buildah = async (args: readonly string[], withinMs = 300_000): Promise<string> =>
    (await run("buildah", [...store, ...args], { withinMs, logFile, env: { ...process.env, TMPDIR: folder } })).trim();
  return {
    /** Makes an image of a tar of files. */
    async importBase(cpu: Cpu, archive: string): Promise<string> {
      const container = await buildah(["from", "--arch", cpu, "scratch"]);
      await buildah(["add", container, archive, "/"]);
      await buildah(["config", "--arch", cpu, "--os", "linux", "--env", PATH, container]);
      const name = `localhost/beffroi-base-${cpu}`;
      await buildah(["commit", "--rm", "--quiet", container, name]);
      return name;
    },
    /** Builds Dockerfile.arm64 of `context`. `marker` goes in as part of a secret: it must not come out. */
    async build(context: string, { base, buildBase, local }: Bases, marker: string): Promise<string> {
      const npmrc = join(folder, "npmrc");
      const authorities = join(folder, "authorities.pem");
      writeFileSync(npmrc, `; ${marker}\ncafile=/run/secrets/ca\n`, { mode: 0o600 });
      copyFileSync(AUTHORITIES, authorities);
      const tag = "localhost/beffroi:test";
      await buildah(
        [
          ...["build", "--isolation", "chroot", "--format", "docker", "--platform", "linux/arm64", "--layers=false"],
          ...(local ? ["--pull-never"] : []),
          ...["--build-arg", `BASE=${base}`, "--build-arg", `BUILD_BASE=${buildBase}`],
          ...["--build-arg", `BUILDPLATFORM=linux/${CPU_HERE}`],
          ...["--secret", `id=npmrc,src=${npmrc}`, "--secret", `id=ca,src=${authorities}`],
          ...["-f", join(context, "Dockerfile.arm64"), "-t", tag, context],
        ],
        BUILD_WITHIN_MS,
      );
      return tag;
    },
    async configOf(image: string): Promise<ImageConfig & { readonly architecture: string }> {
      const seen = JSON.parse(await buildah(["inspect", "--type", "image", image])) as {
        readonly Docker: { readonly config: ImageConfig; readonly architecture: string };
      };
      return { ...seen.Docker.config, architecture: seen.Docker.architecture };
    },
    /** The image's files, as a folder. */
    async open(image: string): Promise<string> {
      const container = await buildah(["from", "--pull-never", "--arch", "arm64", image]);
      return buildah(["mount", container]);
    },
    async close(): Promise<void> {
      await buildah(["umount", "--all"]).catch(() => undefined);
      await buildah(["rm", "--all"]).catch(() => undefined);
    },
  };
};

export type Builder = ReturnType<typeof createBuilder>;
