/** A line between box and hypervisor that lies once: it answers 200 for a batch it throws away, and carries everything else. */
import { createServer, request as httpsRequest } from "node:https";
import { join } from "node:path";
import { unpackBody } from "../../cloud-sync/protocol/body.ts";
import { printReply } from "../../cloud-sync/protocol/reply.ts";
import { IDENTITY_FILE, readIdentity } from "../../gateway/identity.ts";
import { openAuthority } from "../../hypervisor/authority.ts";

export interface Liar {
  readonly port: number;
  /** Entries of the batch that was thrown away. */
  swallowed(): number;
  stop(): Promise<void>;
}

const whole = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
};

export const startLiar = async (hypervisorPort: number, hypervisorFolder: string, boxFolder: string): Promise<Liar> => {
  const authority = await openAuthority(join(hypervisorFolder, "authority"), Date.now);
  const { certificate: cert, key, ca } = await authority.serverIdentity([]);
  let swallowed = 0;
  // Written when the box starts, which is after us.
  const identity = () => readIdentity(join(boxFolder, "data", IDENTITY_FILE));
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, async (asked, reply) => {
    const body = asked.method === "POST" ? await whole(asked) : Buffer.alloc(0);
    if (asked.method === "POST" && swallowed === 0) {
      const batch = await unpackBody({
        contentType: asked.headers["content-type"] ?? "",
        contentEncoding: asked.headers["content-encoding"] ?? "",
        body,
      });
      if (batch.ok && batch.value.entries.some((entry) => entry.body.kind === "reading")) {
        swallowed = batch.value.entries.length;
        const durableSeq = batch.value.firstSeq + swallowed - 1;
        const lie = printReply({ status: 200, durableSeq, quarantined: [], serverTime: Date.now() });
        reply.writeHead(lie.status, { ...lie.headers });
        reply.end(lie.body);
        return;
      }
    }
    const { host: _, ...headers } = asked.headers;
    const box = identity();
    const onward = httpsRequest(
      {
        host: "127.0.0.1",
        port: hypervisorPort,
        method: asked.method,
        path: asked.url,
        headers,
        cert: box.cert,
        key: box.key,
        ca: box.ca,
      },
      (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        reply.flushHeaders();
        answer.pipe(reply);
      },
    );
    onward.once("error", () => reply.destroy());
    reply.once("close", () => onward.destroy());
    onward.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    swallowed: () => swallowed,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
