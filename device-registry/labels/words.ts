/** What a device's label says. EUIs in lower-case hex as everywhere in the house, everything else as it is printed. */

/** `tr005`: LoRa Alliance TR005. `urn`: its withdrawn draft. `deveui`: a DevEUI alone. `text`: a maker's own text around one. */
export type LabelForm = "tr005" | "urn" | "deveui" | "text";

export type LabelWarning =
  /** The text and its checksum disagree: a digit was misread or misprinted. */
  | { readonly code: "checksum-wrong"; readonly printed: string; readonly computed: string }
  | { readonly code: "extension-unknown"; readonly extension: string }
  | { readonly code: "extension-twice"; readonly extension: string }
  | { readonly code: "form-deprecated" }
  /** The label shows a root key to whoever passes; it is not repeated. */
  | { readonly code: "key-on-label" };

export interface Label {
  readonly form: LabelForm;
  readonly devEui: string;
  readonly joinEui?: string;
  /** 4 hex digits each: together they name the maker's device profile. */
  readonly vendorId?: string;
  readonly vendorProfileId?: string;
  /** Proves ownership to the maker's Join Server. */
  readonly ownerToken?: string;
  readonly serialNumber?: string;
  readonly proprietary?: string;
  /** The draft's V field. */
  readonly version?: string;
  readonly checksum: "ok" | "wrong" | "absent";
  readonly warnings: readonly LabelWarning[];
}

export type LabelFault =
  | { readonly code: "empty" }
  /** Nothing in it looks like a DevEUI. */
  | { readonly code: "no-deveui" }
  /** Several numbers could be the DevEUI. */
  | { readonly code: "ambiguous"; readonly candidates: readonly string[] }
  /** It begins as TR005 and does not go on so: which part, as it stands. */
  | { readonly code: "part"; readonly part: "type" | "join-eui" | "dev-eui" | "profile"; readonly found: string };

export type LabelRead =
  | { readonly ok: true; readonly label: Label }
  | { readonly ok: false; readonly fault: LabelFault };
