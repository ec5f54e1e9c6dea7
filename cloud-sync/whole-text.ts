/** The body of an answer, read to its end. */
import type { IncomingMessage } from "node:http";

/** UTF-8. Rejects when it does not come whole, or is longer than `bytesMax`: then it is none of ours. */
export const wholeText = async (answer: IncomingMessage, bytesMax: number): Promise<string> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw new Error(`an answer of more than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
};
