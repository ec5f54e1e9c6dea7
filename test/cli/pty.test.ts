/** What a person sees at a terminal of 80 columns, in French: nothing too wide, nothing in another language, no word cut. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "./bin.ts";
import { type FakeBox, json, STATUS, startFakeBox } from "./fake-box.ts";
import { COLUMNS, faultsOf, hasTerminal, sit } from "./pty.ts";

const LABEL = "LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:OAABBCCDDEEFF:SYYWWNNNNNN:PFOOBAR:CAF2C";
const folder = temporaryFolder();
afterAll(folder.remove);
const cwd = folder.path;

const HELP = [
  [],
  ["--help"],
  ["init", "--help"],
  ["device"],
  ["device", "import", "--help"],
  ["network", "apply", "--help"],
  ["status", "--help"],
];

const list = (lines: number, from = 0): string =>
  [
    "DevEUI;modèle;équipement;nom;latitude;longitude;puissance",
    ...Array.from(
      { length: lines },
      (_, n) =>
        `70B3D5E75F${String(n + from).padStart(6, "0")};nas-ul20xx;lampe:88383:${n + from};Rue de la Gare, ${n};48,0${n + 1};6,588;60 W`,
    ),
  ].join("\n");

describe.skipIf(!hasTerminal())("at a terminal of 80 columns", () => {
  const looks = async (args: readonly string[], exit: number, ...said: RegExp[]): Promise<string> => {
    const seen = await sit(args, { cwd });
    expect(faultsOf(seen), args.join(" ")).toEqual([]);
    expect(seen.code, seen.text).toBe(exit);
    for (const each of said) expect(seen.text).toMatch(each);
    return seen.text;
  };

  test("help and wrong commands", async () => {
    for (const args of HELP) await looks(args, args[0] === "device" && args.length === 1 ? 2 : 0, /Usage :/);
    await looks(["satus"], 2, /« beffroi status » \?/);
    await looks(["device", "lst"], 2, /« beffroi device\s+list » \?/);
    await looks(["device", "add", "70b3d5e75e000042"], 2);
    await looks(["device", "add", "123", "--model", "nas-ul20xx", "--data", "."], 2, /16 chiffres/);
  });

  test("a label is read, doubted and refused", async () => {
    await looks(["device", "scan", LABEL], 0, /DevEUI +aabbccddeeff0011/);
    await looks(["device", "scan", LABEL.replace("CAF2C", "CAF2D")], 0, /somme de contrôle/);
    await looks(["device", "scan", "bonjour"], 2, /--help » montre des exemples/);
  });

  test("init guides, and asks only what it cannot find out", async () => {
    const seen = await sit(["init", "beffroi.toml"], {
      cwd,
      answers: [
        [/commune.*\?.*/is, "remiremont"],
        [/(?:clé.*API|ChirpStack).*\?.*/is, ""],
      ],
    });
    expect(faultsOf(seen)).toEqual([]);
    expect(seen.code, seen.text).toBe(0);
    expect(seen.text).toMatch(/88383/);
    expect(readFileSync(join(cwd, "beffroi.toml"), "utf8")).toMatch(/name = "remiremont"/);
    // Never over what is there.
    const again = await sit(["init", "beffroi.toml"], { cwd });
    expect(again.code).toBe(1);
    expect(faultsOf(again)).toEqual([]);
    rmSync(join(cwd, "beffroi.toml"));
  });

  describe("a box that rests", () => {
    beforeAll(() => {
      writeFileSync(join(cwd, "beffroi.toml"), '[box]\nname = "remiremont"\ndata = "data"\n');
      writeFileSync(join(cwd, "few.csv"), list(3));
      writeFileSync(join(cwd, "many.csv"), list(6_000, 10));
      writeFileSync(join(cwd, "wrong.csv"), `${list(2)};trop\n123;nas-ul20x;arbre:1:2;;480;;`);
    });
    afterAll(() => rmSync(join(cwd, "beffroi.toml")));

    test("a list is planned, entered, shown and exported", async () => {
      await looks(["device", "import", "few.csv", "--plan"], 0, /Plan : 3 à ajouter/);
      await looks(["device", "import", "wrong.csv"], 1, /ligne 4/);
      await looks(["device", "import", "few.csv"], 0);
      await looks(["device", "import", "few.csv", "--plan"], 0, /0 à ajouter, 0 à changer, 3 déjà ainsi/);
      await looks(["device", "list"], 0, /3 appareils/);
      await looks(["device", "show", "lamp:88383:1"], 0, /\(éclairage\)/);
      await looks(["device", "undo"], 0);
      await looks(["device", "list"], 0);
      await looks(["device", "export"], 0);
    });

    test("long work shows how far it is, in one line that is written over", async () => {
      const seen = await sit(["device", "import", "many.csv"], { cwd });
      expect(seen.code, seen.text).toBe(0);
      expect(faultsOf(seen)).toEqual([]);
      const bars = seen.lines.filter((line) => line.includes("░") || line.includes("█"));
      expect(bars.length).toBeGreaterThan(0);
      for (const bar of bars) expect(bar).toMatch(/^\S.* [█░]{20} \d+\/\d+$/);
    });

    test("status and doctor say what is the matter", async () => {
      await looks(["status"], 3, /beffroi gateway/);
      // What else it finds is this machine's.
      const doctor = await sit(["doctor"], { cwd });
      expect(faultsOf(doctor)).toEqual([]);
      expect([0, 1]).toContain(doctor.code);
      expect(doctor.text).toMatch(/Le boîtier ne tourne pas/);
      await looks(["network", "plan"], 2, /Ajoutez \[chirpstack\]/);
    });
  });

  test("the status of a box in trouble, with what to do", async () => {
    const data = join(cwd, "live");
    expect(existsSync(data)).toBe(false);
    const box: FakeBox = await startFakeBox(cwd, (_, reply) =>
      json(reply, {
        ...STATUS,
        network: { lost: 1_234, withoutKeys: 56 },
        loraGateways: {
          checkedAt: new Date().toISOString(),
          gateways: [
            { id: "0016c00100088384", name: "École des Filles", state: "offline", lastSeenAt: STATUS.startedAt },
            { id: "0016c00100088385", name: "Stade", state: "never-seen" },
          ],
        },
        silence: { late: 12, silent: 3, lost: 1 },
      }),
    );
    try {
      const text = await looks(["status", "--data", cwd], 0, /ne connaît plus 1 234 appareils/, /École des Filles/);
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(COLUMNS);
    } finally {
      await box.stop();
    }
  });
});
