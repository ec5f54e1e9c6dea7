/**
 * Who stands at the boxes' door. A connection shows a certificate of our authority or none: any other ends before a byte of it is
 * read. What each may ask for is decided request by request, so that a certificate that ends or is revoked ends with its connections.
 */
import { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Server } from "node:https";
import { TLSSocket } from "node:tls";
import { type CertifiedBox, readBoxCertificate } from "./box-certificate.ts";
import { HypervisorFault } from "./faults.ts";
import type { Store } from "./store/store.ts";

export interface BoxDoorParts {
  /** PEM of the authority. */
  readonly ca: string;
  readonly store: Pick<Store, "boxIdentity" | "watch">;
  readonly now: () => number;
}

/** A request whose path names a box. */
export interface BoxRequest {
  readonly raw: Pick<IncomingMessage, "socket">;
  readonly params: { readonly box: string };
}

export interface BoxDoor {
  /** Turns strangers away as they connect, and follows revocations. */
  guard(server: Server): void;
  /**
   * @throws HypervisorFault `certificate-missing`, `certificate-ended`, `certificate-replaced`, `box-name-mismatch`, `box-revoked`,
   *   `box-unknown`
   */
  prove(request: BoxRequest): Promise<void>;
  /** The same for a renewal, for which a certificate may have ended, at most `ENDED_MS_MAX` ago. */
  proveForRenewal(request: BoxRequest): Promise<CertifiedBox>;
  /** Ends the connections whose certificate has ended since they were made; to be called every minute or so. */
  sweep(): void;
  end(): void;
}

/** A box that lay in a cupboard for a year finds its way back; one nobody missed for longer needs a new code. */
export const ENDED_MS_MAX = 730 * 86_400_000;

export const createBoxDoor = ({ ca, store, now }: BoxDoorParts): BoxDoor => {
  const authority = new X509Certificate(ca);
  const shown = new WeakMap<TLSSocket, CertifiedBox>();
  /** Connections of each box, to be looked at again when it is revoked. */
  const connections = new Map<string, Set<TLSSocket>>();

  const remember = (socket: TLSSocket, certified: CertifiedBox): void => {
    shown.set(socket, certified);
    const { box, endsAt } = certified;
    // It may ask for its renewal and nothing else.
    if (now() > endsAt) return;
    const all = connections.get(box) ?? new Set();
    connections.set(box, all.add(socket));
    socket.once("close", () => {
      all.delete(socket);
      if (all.size === 0) connections.delete(box);
    });
  };

  const meet = (socket: TLSSocket): void => {
    const certificate = socket.getPeerX509Certificate();
    // Only enrolment is open to who has none yet.
    if (certificate === undefined) return;
    const certified = readBoxCertificate(certificate, authority, now());
    const { authorized, authorizationError } = socket as { authorized: boolean; authorizationError?: unknown };
    const ended = String(authorizationError) === "CERT_HAS_EXPIRED";
    if (certified === undefined || !(authorized || ended)) socket.destroy();
    else remember(socket, certified);
  };

  const look = async (box: string): Promise<void> => {
    const identity = await store.boxIdentity(box);
    for (const socket of connections.get(box) ?? [])
      if (identity === undefined || identity.revoked || shown.get(socket)?.generation !== identity.generation)
        socket.destroy();
  };

  const unwatch = store.watch((change) => {
    // Whatever cannot be looked up now is refused with its next request.
    if (change.type === "admission") void look(change.box).catch(() => {});
    if (change.type === "missed") for (const box of connections.keys()) void look(box).catch(() => {});
  });

  const certifiedBy = (request: BoxRequest): CertifiedBox => {
    const { socket } = request.raw;
    const certified = socket instanceof TLSSocket ? shown.get(socket) : undefined;
    const { box } = request.params;
    if (certified === undefined) throw new HypervisorFault("certificate-missing", { box });
    if (certified.box !== box) throw new HypervisorFault("box-name-mismatch", { certificate: certified.box, box });
    return certified;
  };

  const admit = async ({ box, generation }: CertifiedBox): Promise<void> => {
    const identity = await store.boxIdentity(box);
    if (identity === undefined) throw new HypervisorFault("box-unknown", { box });
    if (identity.revoked) throw new HypervisorFault("box-revoked", { box });
    if (identity.generation !== generation) throw new HypervisorFault("certificate-replaced", { box });
  };

  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

  return {
    guard(server) {
      // Before the HTTP server's own listener, which would begin to read.
      server.prependListener("secureConnection", meet);
    },
    async prove(request) {
      const certified = certifiedBy(request);
      const { box, endsAt } = certified;
      if (now() > endsAt) throw new HypervisorFault("certificate-ended", { box, at: day(endsAt) });
      await admit(certified);
    },
    async proveForRenewal(request) {
      const certified = certifiedBy(request);
      const { box, endsAt } = certified;
      if (now() > endsAt + ENDED_MS_MAX) throw new HypervisorFault("certificate-ended", { box, at: day(endsAt) });
      await admit(certified);
      return certified;
    },
    sweep() {
      for (const sockets of connections.values())
        for (const socket of sockets) if (now() > (shown.get(socket)?.endsAt ?? 0)) socket.destroy();
    },
    end: unwatch,
  };
};
