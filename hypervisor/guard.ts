/**
 * Until people have rights, the page and its API are for this machine alone. The socket is on loopback; these checks keep a browser
 * on this machine from lending it to foreign pages: by rebinding a foreign name to 127.0.0.1 (the Host header gives it away), or by
 * sending requests across origins (Origin, Sec-Fetch-Site).
 */
import { PLAN_ORIGIN } from "../api/map-plan.ts";
import { HypervisorFault } from "./faults.ts";

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

const isLoopback = (host: string): boolean => {
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/.exec(host)?.[1];
  return name !== undefined && LOOPBACK_HOSTS.has(name.toLowerCase());
};

export interface Asking {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, where the browser sends it. */
  readonly fetchSite: string | undefined;
  /** Whether it asks the API; a link from elsewhere may open the page. */
  readonly api: boolean;
}

/** @throws HypervisorFault `host-foreign`, `origin-foreign` */
export const guard = ({ host, origin, fetchSite, api }: Asking): void => {
  if (host === undefined || !isLoopback(host)) throw new HypervisorFault("host-foreign", { host: host ?? "-" });
  // Compared with Host rather than with our port: through a tunnel the browser sees another port, but the same in both.
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    throw new HypervisorFault("origin-foreign", { origin });
  if (api && (fetchSite === "cross-site" || fetchSite === "same-site"))
    throw new HypervisorFault("origin-foreign", { origin: fetchSite });
};

/** On every reply. The page loads nothing from elsewhere but the plan under its map, and can be framed by nobody. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": `default-src 'self'; connect-src 'self' ${PLAN_ORIGIN}; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};
