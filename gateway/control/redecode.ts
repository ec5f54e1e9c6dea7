/** Kept frames read again, over the control socket. */
import { RedecodeRequest } from "../../api/redecode.ts";
import type { Model } from "../../device-registry/words.ts";
import type { Redecode } from "../redecode.ts";
import { parsed, Refused } from "./problem.ts";
import type { ControlReply, ControlRequest } from "./server.ts";

export interface RedecodeRouteParts {
  readonly redecode: Redecode;
  readonly findModel: (id: string) => Model | undefined;
}

export const redecode = async ({ body }: ControlRequest, parts: RedecodeRouteParts): Promise<ControlReply> => {
  const request = parsed(RedecodeRequest, body);
  if (parts.findModel(request.model) === undefined)
    throw new Refused(422, "unknown-model", `no model ${request.model}`);
  return { status: 200, json: await parts.redecode(request) };
};
