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
  /** Connections at once that may ask for nothing but a certificate, which takes a second; the oldest ends for the newest. */
  readonly passingMax?: number;
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
  /** Number of the certificate that its connection showed, hexadecimal. */
  serialOf(request: Pick<BoxRequest, "raw">): string | undefined;
  /** The same for a renewal, for which a certificate may have ended, at most `ENDED_MS_MAX` ago. */
  proveForRenewal(request: BoxRequest): Promise<CertifiedBox>;
  /**
   * To be called every minute or so. Ends the connections whose certificate has ended since they were made, and those that were open
   * at the call before and may ask for nothing but a certificate. Looks at every box again: a revocation may have been told in vain.
   */
  sweep(): Promise<void>;
  end(): void;
}

/** A box that lay in a cupboard for a year finds its way back; one nobody missed for longer needs a new code. */
export const ENDED_MS_MAX = 730 * 86_400_000;

/**
 * Connections of one enrolment. A box of ours uses some ten; beyond that the oldest ends, which after a broken line is one that nobody
 * speaks on any more. Each may hold a batch that is still coming.
 */
const OF_ONE_MAX = 32;
const PASSING_MAX = 1_000;

export const createBoxDoor = ({ ca, store, now, passingMax = PASSING_MAX }: BoxDoorParts): BoxDoor => {
  const authority = new X509Certificate(ca);
  const shown = new WeakMap<TLSSocket, CertifiedBox>();
  /** Connections of each box, to be looked at again when it is revoked. */
  const connections = new Map<string, Set<TLSSocket>>();
  /** Those that may ask for nothing but a certificate: who came since the last sweep, and who came before it. */
  const passing = new Set<TLSSocket>();
  const lingering = new Set<TLSSocket>();

  const letPass = (socket: TLSSocket): void => {
    const [first] = passing;
    if (first !== undefined && passing.size >= passingMax) {
      passing.delete(first);
      first.destroy();
    }
    passing.add(socket);
    socket.once("close", () => {
      passing.delete(socket);
      lingering.delete(socket);
    });
  };

  /** Who was replaced pushes out none of who came after it. */
  const makeRoom = (all: Iterable<TLSSocket>, generation: number): void => {
    const own = [...all].filter((socket) => !socket.destroyed && shown.get(socket)?.generation === generation);
    if (own.length >= OF_ONE_MAX) own[0]?.destroy();
  };

  const remember = (socket: TLSSocket, certified: CertifiedBox): void => {
    shown.set(socket, certified);
    const { box, generation, endsAt } = certified;
    // It may ask for its renewal and nothing else.
    if (now() > endsAt) {
      letPass(socket);
      return;
    }
    const all = connections.get(box) ?? new Set();
    makeRoom(all, generation);
    connections.set(box, all.add(socket));
    socket.once("close", () => {
      all.delete(socket);
      if (all.size === 0) connections.delete(box);
    });
  };

  const meet = (socket: TLSSocket): void => {
    const certificate = socket.getPeerX509Certificate();
    // Only enrolment is open to who has none yet.
    if (certificate === undefined) {
      letPass(socket);
      return;
    }
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
    serialOf({ raw: { socket } }) {
      return socket instanceof TLSSocket ? shown.get(socket)?.serial : undefined;
    },
    async proveForRenewal(request) {
      const certified = certifiedBy(request);
      const { box, endsAt } = certified;
      if (now() > endsAt + ENDED_MS_MAX) throw new HypervisorFault("certificate-ended", { box, at: day(endsAt) });
      await admit(certified);
      return certified;
    },
    async sweep() {
      for (const socket of lingering) socket.destroy();
      for (const socket of passing) lingering.add(socket);
      passing.clear();
      for (const sockets of connections.values())
        for (const socket of sockets) if (now() > (shown.get(socket)?.endsAt ?? 0)) socket.destroy();
      await Promise.all([...connections.keys()].map(look));
    },
    end: unwatch,
  };
};
