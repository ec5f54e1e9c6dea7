import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSeal, openKeyStore, SealBroken, SealLost, SecretKey } from "../../device-registry/keys/index.ts";

const HEX = "00112233445566778899aabbccddeeff";
const OTHER = "ffeeddccbbaa99887766554433221100";
const key = (hex: string): SecretKey => SecretKey.parse(hex)!;
const DEVICE = "70b3d5e75e000042";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beffroi-keys-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (env: Readonly<Record<string, string | undefined>> = { PATH: "/nowhere" }) => {
  const db = new Database(join(folder, "box.sqlite"));
  return { db, keys: openKeyStore(db, { folder, env }) };
};

describe("a secret key", () => {
  it("is written by nothing but its own words", () => {
    const secret = key(HEX);
    const shown = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }, { depth: 9, showHidden: true })];
    for (const text of shown) expect(text.toLowerCase()).not.toContain(HEX.slice(0, 8));
    expect(JSON.stringify(secret)).toBe('"[key]"');
    expect(secret.revealHex()).toBe(HEX);
  });

  it("reads what labels and lists write, and nothing shorter or longer", () => {
    expect(key("00 11:22-33445566778899AABBCCDDEEFF").equals(key(HEX))).toBe(true);
    for (const text of ["", HEX.slice(1), `${HEX}0`, "zz112233445566778899aabbccddeeff"])
      expect(SecretKey.parse(text)).toBeUndefined();
    expect(key("0".repeat(32)).isZero).toBe(true);
  });
});

describe("a seal", () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

  it("opens what it closed, for its owner only, and nothing that was changed", () => {
    fc.assert(
      fc.property(
        bytes(32),
        bytes(16),
        fc.string(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (root, secret, owner, at, flip) => {
          const seal = createSeal(root);
          const closed = seal.close(owner, secret);
          expect(seal.open(owner, closed)).toEqual(Buffer.from(secret));
          expect(() => seal.open(`${owner}.`, closed)).toThrow(SealBroken);
          const changed = Buffer.from(closed);
          changed[at % closed.length] = changed[at % closed.length]! ^ flip;
          expect(() => seal.open(owner, changed)).toThrow(SealBroken);
          expect(() => seal.open(owner, closed.subarray(0, at % closed.length))).toThrow(SealBroken);
          expect(seal.close(owner, secret)).not.toEqual(closed);
        },
      ),
    );
  });

  it("of another root key opens nothing", () => {
    const closed = createSeal(Buffer.alloc(32, 1)).close("a", Buffer.alloc(16));
    expect(() => createSeal(Buffer.alloc(32, 2)).open("a", closed)).toThrow(SealBroken);
  });
});

describe("the key store", () => {
  const otaa = { activation: "otaa", lorawan: "1.0.3", appKey: key(HEX) } as const;

  it("keeps what was put, over restarts, and tells only what may be told", () => {
    const first = open();
    expect(first.keys.protection()).toBeUndefined();
    expect(first.keys.put(DEVICE, otaa)).toBe("added");
    expect(first.keys.put(DEVICE, { ...otaa })).toBe("unchanged");
    first.db.close();
    const { keys } = open();
    const found = keys.get(DEVICE);
    expect(found?.activation === "otaa" && found.appKey.revealHex()).toBe(HEX);
    expect(keys.about(DEVICE)).toEqual({ activation: "otaa", lorawan: "1.0.3" });
    expect([...keys.allAbout().keys()]).toEqual([DEVICE]);
    expect(keys.protection()).toBe("file");
    expect(keys.put(DEVICE, { ...otaa, appKey: key(OTHER) })).toBe("changed");
    expect(keys.remove(DEVICE)).toBe(true);
    expect(keys.get(DEVICE)).toBeUndefined();
  });

  it("keeps sessions of ABP devices and keys of groups", () => {
    const { keys } = open();
    const abp = {
      activation: "abp",
      lorawan: "1.0.2",
      devAddr: "01a3b2c4",
      appSKey: key(HEX),
      nwkSKey: key(OTHER),
    } as const;
    keys.put(DEVICE, abp);
    expect(keys.about(DEVICE)).toEqual({ activation: "abp", lorawan: "1.0.2", devAddr: "01a3b2c4" });
    const found = keys.get(DEVICE);
    expect(found?.activation === "abp" && found.nwkSKey.revealHex()).toBe(OTHER);
    keys.putGroup("street", { mcAppSKey: key(HEX), mcNwkSKey: key(OTHER) });
    expect(keys.group("street")?.mcNwkSKey.revealHex()).toBe(OTHER);
    expect(keys.group("nobody")).toBeUndefined();
  });

  it("leaves no key in any file of the folder, in whatever spelling", () => {
    const { db, keys } = open();
    keys.put(DEVICE, otaa);
    keys.put(DEVICE, { ...otaa, appKey: key(OTHER) });
    const forms = [HEX, OTHER].flatMap((hex) => {
      const bytes = Buffer.from(hex, "hex");
      return [bytes, Buffer.from(hex), Buffer.from(hex.toUpperCase()), Buffer.from(bytes.toString("base64"))];
    });
    db.pragma("journal_mode = WAL");
    for (const name of readdirSync(folder)) {
      const content = readFileSync(join(folder, name));
      for (const form of forms) expect(content.includes(form), name).toBe(false);
    }
    expect(statSync(join(folder, "keys.root")).mode & 0o777).toBe(0o600);
  });

  it("does not trust one device's sealed key to another", () => {
    const { db, keys } = open();
    keys.put(DEVICE, otaa);
    keys.put("70b3d5e75e000043", { ...otaa, appKey: key(OTHER) });
    const take = db.prepare("SELECT sealed FROM sealed_key WHERE owner = ?").pluck();
    db.prepare("UPDATE sealed_key SET sealed = ? WHERE owner = ?").run(
      take.get("device:70b3d5e75e000043"),
      `device:${DEVICE}`,
    );
    expect(() => keys.get(DEVICE)).toThrow(SealBroken);
  });

  it("says so when the database came without its root key, or beside another", () => {
    const before = open();
    before.keys.put(DEVICE, otaa);
    before.db.close();
    rmSync(join(folder, "keys.root"));
    expect(() => open().keys.get(DEVICE)).toThrow(SealLost);
    writeFileSync(join(folder, "keys.root"), Buffer.alloc(32, 7), { mode: 0o600 });
    expect(() => open().keys.put(DEVICE, otaa)).toThrow(SealLost);
  });

  it("still names its root key after the transaction that made it was rolled back", () => {
    const { db, keys } = open();
    const failing = db.transaction(() => {
      keys.put(DEVICE, otaa);
      throw new Error("rolled back");
    });
    expect(() => failing()).toThrow("rolled back");
    keys.put(DEVICE, otaa);
    db.close();
    rmSync(join(folder, "keys.root"));
    expect(() => open().keys.get(DEVICE)).toThrow(SealLost);
  });
});

describe("the root key", () => {
  /** A stand-in for `systemd-creds` on a machine with a TPM: binds by turning bytes round. */
  const withTool = (script: string): Readonly<Record<string, string>> => {
    const file = join(folder, "systemd-creds");
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return { PATH: `${folder}:${process.env.PATH}` };
  };
  const otaa = { activation: "otaa", lorawan: "1.0.3", appKey: key(HEX) } as const;

  it("is bound to the TPM where there is one", () => {
    const node = `"${process.execPath}" -e 'const f=process.argv[2],s=f==="-"?0:f;process.stdout.write(require("node:fs").readFileSync(s).reverse())' x`;
    const env = withTool(`case "$1" in has-tpm2) exit 0;; encrypt) ${node} "$4";; decrypt) ${node} "$3";; esac`);
    const { keys } = open(env);
    keys.put(DEVICE, otaa);
    expect(keys.protection()).toBe("tpm2");
    expect(readdirSync(folder)).toContain("keys.root.tpm2");
    expect(readdirSync(folder)).not.toContain("keys.root");
    const again = open(env).keys.get(DEVICE);
    expect(again?.activation === "otaa" && again.appKey.revealHex()).toBe(HEX);
  });

  it("stays a file when the TPM takes but does not give back", () => {
    const env = withTool(`case "$1" in has-tpm2) exit 0;; encrypt) cat;; decrypt) exit 1;; esac`);
    const { keys } = open(env);
    keys.put(DEVICE, otaa);
    expect(keys.protection()).toBe("file");
  });

  it("comes from systemd where it hands one over", () => {
    const { keys } = open({ PATH: "/nowhere" });
    keys.put(DEVICE, otaa);
    const root = readFileSync(join(folder, "keys.root"));
    rmSync(join(folder, "keys.root"));
    writeFileSync(join(folder, "beffroi-root"), root);
    expect(open({ PATH: "/nowhere", CREDENTIALS_DIRECTORY: folder }).keys.get(DEVICE)?.activation).toBe("otaa");
    expect(() => open({ PATH: "/nowhere", CREDENTIALS_DIRECTORY: join(folder, "empty") }).keys.get(DEVICE)).toThrow(
      SealLost,
    );
  });
});
