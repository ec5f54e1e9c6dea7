/** Codecs of other makers, installed and listed over the control socket. */
import { AddCodec, type CodecView } from "../../api/control.ts";
import type { InstalledCodec } from "../codec-store.ts";
import type { CodecRefusal, ForeignCodecs } from "../foreign-codecs.ts";
import { modelFor } from "../foreign-model.ts";
import type { Clock } from "../words.ts";
import { parsed, Refused } from "./problem.ts";
import type { ControlReply, ControlRequest } from "./server.ts";

export interface CodecParts {
  readonly foreign: Pick<ForeignCodecs, "all" | "find" | "install">;
  readonly clock: Clock;
}

export const codecView = ({ model, version, sha256, recvTime, installedAt, mapping }: InstalledCodec): CodecView => ({
  model: model.id,
  version,
  sha256,
  installedAt: new Date(installedAt).toISOString(),
  maker: model.maker,
  name: model.name,
  use: model.use,
  assetKinds: [...model.assetKinds],
  deviceClass: model.deviceClass,
  expectedIntervalSeconds: model.expectedIntervalSeconds,
  recvTime,
  mapping,
});

export const refusalText = (refusal: CodecRefusal): string => {
  switch (refusal.code) {
    case "model-of-the-house":
      return `${refusal.model} is a model of the house; name this one otherwise`;
    case "mapping-unusable":
      return refusal.faults.join("; ");
    case "codec-not-loaded":
      return refusal.message;
  }
};

const install = async (body: unknown, { foreign, clock }: CodecParts): Promise<ControlReply> => {
  const form = parsed(AddCodec, body);
  const model = modelFor(form, foreign.find(form.model)?.model);
  if (model === undefined) throw new Refused(422, "codec-use-missing", "a new model needs its use and asset kinds");
  const { source, mapping, recvTime } = form;
  const result = await foreign.install({ model, source, mapping, recvTime, installedAt: clock.now() });
  if (!result.ok) throw new Refused(422, result.refusal.code, refusalText(result.refusal));
  return { status: 200, json: { codec: codecView(result.codec), change: result.change } };
};

export const codecs = (
  request: ControlRequest,
  parts: CodecParts,
): ControlReply | Promise<ControlReply> | undefined => {
  if (request.method === "POST") return install(request.body, parts);
  const list = (): CodecView[] => parts.foreign.all().map(codecView);
  return request.method === "GET" ? { status: 200, json: { codecs: list() } } : undefined;
};
