/** What stands behind the boxes' door where only the door is asked. */
import { pino } from "pino";
import type { BoxServerParts } from "../../hypervisor/box-server.ts";

const never = () => Promise.reject(new Error("not asked"));

export const NOTHING_BEHIND: Omit<BoxServerParts, "secure" | "door"> = {
  enrolment: { proveAuthority: never, enrol: never, renew: never },
  ingest: {
    receive: async () => ({ status: 422, message: "-" }),
    receiveLatest: async () => ({ status: 204 }),
    stop: async () => {},
  },
  comparing: { digest: async () => undefined, again: async () => true },
  feed: { serve: async () => {}, poll: async () => "", end: () => {} },
  log: pino({ level: "silent" }),
};
