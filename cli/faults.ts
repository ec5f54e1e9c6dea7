/**
 * Everything the program can refuse or fail at, in one table: code → exit. Each has three texts in the catalogue: what happened
 * (`fault.CODE`), what it means (`.means`), what to do (`.todo`). docs/errors.md is generated from here.
 */
import type { fr } from "../texts/cli/fr.ts";
import { EXIT, type ExitName } from "./exit-codes.ts";
import type { CliSay } from "./language.ts";

export const FAULTS = {
  "unknown-command": "usage",
  "unknown-option": "usage",
  "option-without-value": "usage",
  "missing-argument": "usage",
  "missing-option": "usage",
  "too-many-arguments": "usage",
  "options-exclude": "usage",
  "wrong-language": "usage",
  "wrong-hex": "usage",
  "wrong-base64": "usage",
  "wrong-port": "usage",
  "wrong-json": "usage",
  "wrong-number": "usage",
  "wrong-deveui": "usage",
  "label-unreadable": "usage",
  "labels-unread": "usage",
  "picture-without-code": "usage",
  "list-unreadable": "failed",
  "list-faulty": "failed",
  "list-partly": "failed",
  "wrong-asset": "usage",
  "wrong-kind": "usage",
  "wrong-kind-for-model": "usage",
  "wrong-place": "usage",
  "wrong-length": "usage",
  "wrong-power": "usage",
  "wrong-pulse": "usage",
  "wrong-colour": "usage",
  "wrong-duration": "usage",
  "wrong-time": "usage",
  "wrong-way-round": "usage",
  "wrong-commune": "usage",
  "wrong-name": "usage",
  "wrong-model-name": "usage",
  "wrong-choice": "usage",
  "wrong-sample": "usage",
  "mapping-invalid": "usage",
  "unknown-model": "usage",
  "unknown-codec-command": "usage",
  "wrong-field": "usage",
  "config-invalid": "usage",
  "unknown-commune": "usage",
  "key-unreadable": "usage",
  "no-box-named": "usage",
  "no-config": "usage",
  "frame-unreadable": "failed",
  "command-unencodable": "failed",
  "file-exists": "failed",
  "file-unwritable": "failed",
  "file-unreadable": "failed",
  "codec-unloadable": "failed",
  "no-samples": "failed",
  "nothing-proposed": "failed",
  "no-codecs-found": "failed",
  "vectors-failed": "failed",
  "reply-not-understood": "failed",
  "cut-short": "failed",
  internal: "failed",
  "not-in-this-version": "failed",
  "box-not-running": "unreachable",
  "box-forbidden": "unreachable",
  "box-silent": "unreachable",
  "box-closed": "unreachable",
  "box-stopped": "unreachable",
  "box-in-use": "failed",
  "store-unusable": "failed",
  "start-failed": "failed",
  "hypervisor-not-started": "failed",
  "hypervisor-refused": "failed",
  "hypervisor-not-running": "unreachable",
  "wrong-incident": "usage",
  "wrong-day": "usage",
  "certificate-unreadable": "failed",
  "certificate-differs": "failed",
  "no-batches": "usage",
  "no-batch-file": "failed",
  "import-stopped": "failed",
  "wrong-code": "usage",
  "wrong-hypervisor": "usage",
  "already-enrolled": "failed",
  "box-named-otherwise": "failed",
  "box-of-other-communes": "failed",
  "region-otherwise": "failed",
  "region-silent": "unreachable",
  "region-not-understood": "failed",
  "region-not-proved": "refused",
  "region-other-authority": "refused",
  "region-certificate": "refused",
  "enrolment-refused": "refused",
  "revocation-unconfirmed": "failed",
  "box-refused": "refused",
  "asset-unknown": "refused",
  "group-empty": "refused",
  "group-unknown": "refused",
  "group-not-ours": "refused",
  "group-left-by-none": "refused",
  "too-late": "refused",
  "mass-not-whole": "undone",
  "mass-unconfirmed": "refused",
  "mass-nobody": "refused",
  "order-unknown": "usage",
  "command-not-done": "undone",
  "audit-broken": "failed",
  "chirpstack-unreachable": "unreachable",
  "mqtt-unreachable": "unreachable",
  "chirpstack-key-refused": "refused",
  "chirpstack-refused": "refused",
  "journal-unreadable": "failed",
  "journal-newer": "failed",
  "journal-damaged": "failed",
  "journal-unsound": "failed",
  "redecode-from": "usage",
  "redecode-unconfirmed": "failed",
  "simulated-id-taken": "refused",
  "simulation-unheard": "failed",
  "wrong-address": "usage",
  "wrong-broker": "usage",
  "no-network-server": "usage",
  "network-unreachable": "unreachable",
  "network-key-refused": "refused",
  "network-key-file": "failed",
  "network-busy": "failed",
  "keys-unusable": "failed",
  "network-refused": "refused",
  "network-incomplete": "failed",
  "doctor-found": "failed",
  "no-terminal": "usage",
  "file-in-the-way": "failed",
  "passphrase-short": "usage",
  "passphrase-differs": "usage",
  "passphrase-wrong": "failed",
  "passphrase-needed": "failed",
  "no-box-there": "failed",
  "backup-unusable": "failed",
  "backup-of-another": "failed",
} as const satisfies Readonly<Record<string, ExitName>>;

export type FaultCode = keyof typeof FAULTS;

type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Texts<Code extends FaultCode> = (typeof fr)[`fault.${Code}` | `fault.${Code}.means` | `fault.${Code}.todo`];

/** The placeholders of all three texts of a fault. */
export type FaultValues<Code extends FaultCode> = { readonly [Name in Names<Texts<Code>>]: string | number };

/** A fault on its way to the edge, where `main` says it once and exits. */
export class CliFault extends Error {
  override readonly name = "CliFault";
  readonly code: FaultCode;
  readonly values: Readonly<Record<string, string | number>>;
  /** Further lines between what happened and what to do: the faults of a configuration, for one. */
  readonly lines: readonly string[];
  /** The same for scripts, beside the texts. */
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(
    code: FaultCode,
    values: Readonly<Record<string, string | number>>,
    extra: { readonly lines?: readonly string[]; readonly detail?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(code);
    this.code = code;
    this.values = values;
    this.lines = extra.lines ?? [];
    this.detail = extra.detail ?? {};
  }

  get exit(): number {
    return EXIT[FAULTS[this.code]];
  }
}

/** Builds a fault with exactly the values its texts ask for. */
export function fault<Code extends FaultCode>(
  code: Code,
  values: FaultValues<Code>,
  extra?: ConstructorParameters<typeof CliFault>[2],
): CliFault {
  return new CliFault(code, values, extra);
}

export interface FaultTexts {
  readonly what: string;
  readonly means: string;
  readonly todo: string;
}

/** A file's name or a box's may come from anybody: none of it steers the terminal. Lines and columns stay. */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;
const shown = (value: string | number): string | number =>
  typeof value === "string" ? value.replace(CONTROLS, "\ufffd") : value;

/** A fault in words. The values were checked where the fault was built. */
export function faultTexts(say: CliSay, { code, values: given }: CliFault): FaultTexts {
  const values = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, shown(value)]));
  const sayAny = say as (key: string, values: Readonly<Record<string, string | number>>) => string;
  return {
    what: sayAny(`fault.${code}`, values),
    means: sayAny(`fault.${code}.means`, values),
    todo: sayAny(`fault.${code}.todo`, values),
  };
}
