/**
 * The codecs of other makers on this box, as its process uses them: run in the sandbox, whose thread starts with the first one.
 * A frame has an answer in bounded time whatever its codec does.
 */
import { catalogue } from "../codecs/index.ts";
import {
  createSandbox,
  type ForeignCodec,
  foreignCodec,
  mappingFaults,
  type Sandbox,
} from "../codecs/sandbox/index.ts";
import { findModel } from "../device-registry/models.ts";
import type { Model } from "../device-registry/words.ts";
import type { CodecStore, CodecToInstall, InstalledCodec } from "./codec-store.ts";
import type { Read } from "./readings.ts";
import type { UpEvent } from "./words.ts";

/** Why a codec is not installed. */
export type CodecRefusal =
  | { readonly code: "model-of-the-house"; readonly model: string }
  | { readonly code: "mapping-unusable"; readonly faults: readonly string[] }
  | { readonly code: "codec-not-loaded"; readonly message: string };

export type CodecInstalled =
  | { readonly ok: true; readonly codec: InstalledCodec; readonly change: "added" | "changed" | "unchanged" }
  | { readonly ok: false; readonly refusal: CodecRefusal };

export interface ForeignCodecs {
  find(model: string): InstalledCodec | undefined;
  all(): readonly InstalledCodec[];
  /** The model record that came with an installed codec. */
  model(id: string): Model | undefined;
  /** What the frame says, or why it cannot be said; never rejects. `model` is an installed one. */
  read(model: string, event: UpEvent): Promise<Read>;
  /** Evaluates the source before anything is kept. The next frame of the model is read by it. */
  install(codec: CodecToInstall): Promise<CodecInstalled>;
  stop(): Promise<void>;
}

export interface ForeignCodecsParts {
  readonly store: CodecStore;
  /** Made when the first codec is there to run. */
  readonly sandbox?: () => Sandbox;
  /** Longest a frame waits for its codec, ms: far beyond what the sandbox lets all hostile codecs of a box take together. */
  readonly waitMsMax?: number;
}

/** Frames that wait in memory; those beyond are kept unread. */
const WAITING_MAX = 20_000;
const WAIT_MS_MAX = 120_000;

const sandboxOfBox = (): Sandbox => createSandbox({ limits: { waitingCallsMax: WAITING_MAX + 1_000 } });

/** Checks a codec and puts it into the store; `sandbox` is only tried with it. */
export const installCodec = async (
  store: CodecStore,
  sandbox: Sandbox,
  codec: CodecToInstall,
): Promise<CodecInstalled> => {
  const { id } = codec.model;
  if (catalogue.has(id) || findModel(id) !== undefined)
    return { ok: false, refusal: { code: "model-of-the-house", model: id } };
  const faults = mappingFaults(codec.mapping);
  if (faults.length > 0) return { ok: false, refusal: { code: "mapping-unusable", faults } };
  const trial = `trial of ${id}`;
  const loaded = await sandbox.load(trial, codec.source, { recvTime: codec.recvTime });
  sandbox.unload(trial);
  const message = loaded.ok ? "it has no decodeUplink, Decode or Decoder" : loaded.fault.message;
  if (!loaded.ok || !loaded.value.entry.includes("decodeUplink"))
    return { ok: false, refusal: { code: "codec-not-loaded", message } };
  return { ok: true, ...store.put(codec) };
};

export const createForeignCodecs = (parts: ForeignCodecsParts): ForeignCodecs => {
  const { store, waitMsMax = WAIT_MS_MAX } = parts;
  const installed = new Map(store.all().map((codec) => [codec.model.id, codec]));
  const running = new Map<string, ForeignCodec>();
  let sandbox: Sandbox | undefined;
  let waiting = 0;

  const opened = (): Sandbox => {
    sandbox ??= (parts.sandbox ?? sandboxOfBox)();
    return sandbox;
  };

  /** An id a version: frames that wait for the one before are still read by it. */
  const start = (codec: InstalledCodec): ForeignCodec => {
    const { model, version, source, recvTime, mapping } = codec;
    const id = `${model.id}@${version}`;
    void opened().load(id, source, { recvTime });
    const started = foreignCodec(opened(), id, mapping, { model: model.id, version });
    running.set(model.id, started);
    return started;
  };

  const answer = async (codec: ForeignCodec, name: string, event: UpEvent): Promise<Read> => {
    const recvTime = new Date(event.time).toISOString();
    const result = await codec.decode({ bytes: event.data, fPort: event.fPort, recvTime });
    if (result.ok) return { decoded: result.value };
    const { code, message } = result.fault;
    return { fault: { code: code === "sandbox-timeout" ? "codec-timeout" : code, message }, codec: name };
  };

  const late = (name: string): Read => ({
    fault: { code: "codec-timeout", message: `no answer after ${waitMsMax} ms` },
    codec: name,
  });

  const inTime = async (codec: ForeignCodec, name: string, event: UpEvent): Promise<Read> => {
    let timer: NodeJS.Timeout | undefined;
    const given = new Promise<Read>((resolve) => {
      timer = setTimeout(() => resolve(late(name)), waitMsMax);
      timer.unref();
    });
    waiting += 1;
    try {
      return await Promise.race([answer(codec, name, event), given]);
    } finally {
      clearTimeout(timer);
      waiting -= 1;
    }
  };

  return {
    find: (model) => installed.get(model),
    all: () => [...installed.values()],
    model: (id) => installed.get(id)?.model,
    read(model, event) {
      const codec = running.get(model) ?? start(installed.get(model)!);
      const name = `${codec.id}@${codec.version}`;
      if (waiting < WAITING_MAX) return inTime(codec, name, event);
      return Promise.resolve({ fault: { code: "codec-busy", message: `${waiting} frames wait already` }, codec: name });
    },
    async install(codec) {
      const result = await installCodec(store, opened(), codec);
      if (!result.ok) return result;
      installed.set(codec.model.id, result.codec);
      running.delete(codec.model.id);
      return result;
    },
    async stop() {
      await sandbox?.stop();
    },
  };
};
