/** One question to somebody nobody vouches for. What it says and what is answered must bear being read and changed by anybody. */
import { request } from "node:https";
import { ENROLMENT_BYTES_MAX } from "../protocol/enrolment.ts";
import type { TransportReply } from "../transport.ts";
import { wholeText } from "../whole-text.ts";

const SILENCE_MS = 20_000;

export interface UnprovedQuestion {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Rejects when no whole answer came. */
export const askUnproved = (
  url: string,
  { path, headers, body }: UnprovedQuestion,
  silenceMs = SILENCE_MS,
): Promise<TransportReply> =>
  new Promise((resolve, reject) => {
    const base = new URL(url);
    const asking = request({
      method: "POST",
      host: base.hostname.replace(/^\[|\]$/g, ""),
      port: base.port === "" ? 443 : base.port,
      path: base.pathname.replace(/\/$/, "") + path,
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      agent: false,
      minVersion: "TLSv1.3",
      // Proved by what is answered, under the code (enrol.ts).
      rejectUnauthorized: false,
    });
    // Also while the line is being made, of which `timeout` of a request knows nothing.
    const silence = setTimeout(() => asking.destroy(new Error(`no answer in ${silenceMs} ms`)), silenceMs);
    asking.once("close", () => clearTimeout(silence));
    asking.once("error", reject);
    asking.once("response", async (answer) => {
      try {
        const text = await wholeText(answer, ENROLMENT_BYTES_MAX);
        resolve({ status: answer.statusCode ?? 0, headers: {}, body: text });
      } catch (error) {
        asking.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    asking.end(body);
  });
