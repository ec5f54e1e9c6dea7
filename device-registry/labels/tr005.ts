/**
 * Device identification QR codes after LoRa Alliance TR005, and the URN form of its draft:
 * `LW:D0:JoinEUI:DevEUI:ProfileID[:Oowner token][:Sserial number][:Pproprietary][:Cchecksum]`,
 * `URN:DEV:LW:JoinEUI_DevEUI_ProductID[_V…][_S…][_P…]`.
 */
import type { Label, LabelRead, LabelWarning } from "./words.ts";

const HEX_16 = /^[0-9A-F]{16}$/i;
const HEX_8 = /^[0-9A-F]{8}$/i;

/** CRC-16/MODBUS (polynomial 0x8005 reflected, start 0xffff), as four upper-case hex digits. */
export const checksumOf = (text: string): string => {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, "utf8")) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc.toString(16).toUpperCase().padStart(4, "0");
};

const EXTENSIONS = { O: "ownerToken", S: "serialNumber", P: "proprietary", V: "version" } as const;
type Extensions = { [K in (typeof EXTENSIONS)[keyof typeof EXTENSIONS]]?: string };

const isExtension = (sign: string): sign is keyof typeof EXTENSIONS => sign in EXTENSIONS;

/** In any order; an empty one says nothing. */
const readExtensions = (parts: readonly string[], known: readonly string[], warnings: LabelWarning[]): Extensions => {
  const read: Extensions = {};
  for (const part of parts) {
    const [sign, value] = [part.slice(0, 1).toUpperCase(), part.slice(1)];
    if (sign === "" || (sign === "C" && known.includes("C"))) continue;
    if (!isExtension(sign) || !known.includes(sign)) warnings.push({ code: "extension-unknown", extension: part });
    else if (value === "") continue;
    else if (read[EXTENSIONS[sign]] !== undefined) warnings.push({ code: "extension-twice", extension: sign });
    else read[EXTENSIONS[sign]] = value;
  }
  return read;
};

const profileOf = (profile: string) => ({ vendorId: profile.slice(0, 4), vendorProfileId: profile.slice(4) });

/** Parts before the extensions: an EUI may begin with C too. */
const FIXED_PARTS = 5;

/** Of all text before `:C`; a keyboard scanner may have lost the capitals. */
const verify = (parts: readonly string[], warnings: LabelWarning[]): Label["checksum"] => {
  const at = parts.findIndex((part, index) => index >= FIXED_PARTS && /^C./i.test(part));
  if (at < 0) return "absent";
  const printed = parts[at]!.slice(1);
  const before = parts.slice(0, at).join(":");
  const computed = checksumOf(before);
  if ([computed, checksumOf(before.toUpperCase())].includes(printed.toUpperCase())) return "ok";
  warnings.push({ code: "checksum-wrong", printed, computed });
  return "wrong";
};

const partFault = (part: "type" | "join-eui" | "dev-eui" | "profile", found: string): LabelRead => ({
  ok: false,
  fault: { code: "part", part, found: found.slice(0, 40) },
});

/** Undefined when it does not begin as one. */
export const readTr005 = (text: string): LabelRead | undefined => {
  if (!/^LW:/i.test(text)) return undefined;
  const parts = text.split(":");
  const [, type = "", joinEui = "", devEui = "", profile = "", ...extensions] = parts;
  if (type.toUpperCase() !== "D0") return partFault("type", type);
  if (!HEX_16.test(joinEui)) return partFault("join-eui", joinEui);
  if (!HEX_16.test(devEui)) return partFault("dev-eui", devEui);
  if (!HEX_8.test(profile)) return partFault("profile", profile);
  const warnings: LabelWarning[] = [];
  const checksum = verify(parts, warnings);
  const label: Label = {
    form: "tr005",
    devEui: devEui.toLowerCase(),
    joinEui: joinEui.toLowerCase(),
    ...profileOf(profile),
    ...readExtensions(extensions, ["O", "S", "P", "C"], warnings),
    checksum,
    warnings,
  };
  return { ok: true, label };
};

/** Undefined when it does not begin as one. */
export const readUrn = (text: string): LabelRead | undefined => {
  const match = /^URN:(?:DEV:)?LW:(.*)$/i.exec(text);
  if (match === null) return undefined;
  const [joinEui = "", devEui = "", product = "", ...extensions] = match[1]!.split("_");
  if (!HEX_16.test(joinEui)) return partFault("join-eui", joinEui);
  if (!HEX_16.test(devEui)) return partFault("dev-eui", devEui);
  const warnings: LabelWarning[] = [{ code: "form-deprecated" }];
  const label: Label = {
    form: "urn",
    devEui: devEui.toLowerCase(),
    joinEui: joinEui.toLowerCase(),
    ...(HEX_8.test(product) ? profileOf(product) : {}),
    ...readExtensions(extensions, ["V", "S", "P", "O"], warnings),
    checksum: "absent",
    warnings,
  };
  return { ok: true, label };
};
