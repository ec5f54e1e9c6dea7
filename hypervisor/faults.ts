/**
 * The coded refusals of the regional process. A fault carries what its sentence needs (`detail`), never the sentence: people read
 * it from texts/hypervisor in their language, programs match `code`.
 */

/** Code → HTTP status where it is told over HTTP. */
export const FAULT_STATUS = {
  "request-invalid": 400,
  "host-foreign": 403,
  "origin-foreign": 403,
  "box-unknown": 403,
  "box-name-mismatch": 403,
  "box-revoked": 403,
  "certificate-missing": 401,
  "certificate-ended": 401,
  "certificate-replaced": 403,
  "request-unsigned": 400,
  "code-unknown": 403,
  "code-ended": 403,
  "code-used": 403,
  "too-many-attempts": 429,
  "box-exists": 409,
  "batch-unreadable": 422,
  "incident-unknown": 404,
  "incident-decided": 409,
  "incident-choice": 422,
  "not-found": 404,
  "asset-unknown": 404,
  "device-unknown": 404,
  "box-unclear": 409,
  "command-unknown": 404,
  "asset-without-device": 409,
  "command-not-offered": 422,
  "command-field": 422,
  "command-id-taken": 409,
  "asset-held": 409,
  "takeover-reason": 409,
  "body-too-large": 413,
  "body-type": 415,
  "config-invalid": 500,
  "port-busy": 500,
  "folder-locked": 500,
  "folder-unusable": 500,
  "store-newer": 500,
  "store-too-old-server": 500,
  "store-unreachable": 503,
  "territories-invalid": 500,
  "authority-broken": 500,
  "authority-missing": 500,
  internal: 500,
} as const;

export type FaultCode = keyof typeof FAULT_STATUS;

/** Values for the sentence of a fault, by name. */
export type FaultDetail = Readonly<Record<string, string | number>>;

export class HypervisorFault extends Error {
  readonly code: FaultCode;
  readonly detail: FaultDetail;

  constructor(code: FaultCode, detail: FaultDetail = {}, options?: ErrorOptions) {
    const told = Object.entries(detail)
      .map(([key, value]) => `${key} ${value}`)
      .join(", ");
    super(told === "" ? code : `${code}: ${told}`, options);
    this.name = "HypervisorFault";
    this.code = code;
    this.detail = detail;
  }
}
