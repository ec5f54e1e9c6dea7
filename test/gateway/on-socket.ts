/** Asks a gateway over its control socket, as the command line does. */
import { request } from "node:http";

export interface SocketReply {
  readonly status: number;
  readonly body: string;
}

export const ask = (socketPath: string, method: string, path: string, body?: unknown): Promise<SocketReply> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });

/** The body of an answer that is no refusal. */
export const bodyOf = ({ status, body }: SocketReply, asked: string): string => {
  if (status >= 300) throw new Error(`${asked}: ${status} ${body}`);
  return body;
};
