import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { toFile } from "qrcode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ErrorJson, JSON_OUTPUT } from "../../cli/json-output.ts";
import { beffroi, FRENCH, finished, start, temporaryFolder } from "./bin.ts";

const LABEL = "LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:OAABBCCDDEEFF:SYYWWNNNNNN:PFOOBAR:CAF2C";
const folder = temporaryFolder();
const picture = join(folder.path, "label.png");
beforeAll(() => toFile(picture, LABEL, { errorCorrectionLevel: "M" }));
afterAll(folder.remove);

const promised = JSON_OUTPUT["device scan"]!.schema;
const lines = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => promised.parse(JSON.parse(line)));

test("a QR code's text becomes JSON, without box and configuration", async () => {
  const { code, out, err } = await beffroi(["device", "scan", LABEL, "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(lines(out)).toEqual([
    {
      form: "tr005",
      devEui: "aabbccddeeff0011",
      joinEui: "1122334455667788",
      vendorId: "AABB",
      vendorProfileId: "1122",
      ownerToken: "AABBCCDDEEFF",
      serialNumber: "YYWWNNNNNN",
      proprietary: "FOOBAR",
      checksum: "ok",
      warnings: [],
    },
  ]);
});

test("a photo is read as its text is", async () => {
  const [photo, named, text] = await Promise.all([
    beffroi(["device", "scan", "--picture", picture, "--json"]),
    beffroi(["device", "scan", picture, "--json"]),
    beffroi(["device", "scan", LABEL, "--json"]),
  ]);
  expect(photo).toEqual(text);
  expect(named).toEqual(text);
});

test("a wrong checksum is a warning in words and in JSON", async () => {
  const wrong = LABEL.replace("CAF2C", "CAF2D");
  const [text, json] = await Promise.all([
    beffroi(["device", "scan", wrong], { env: FRENCH }),
    beffroi(["device", "scan", wrong, "--json"]),
  ]);
  expect(text).toMatchObject({ code: 0, err: "" });
  expect(text.out).toContain("la somme de contrôle imprimée (AF2D) ne correspond pas");
  expect(lines(json.out)[0]).toMatchObject({ checksum: "wrong", warnings: [{ code: "checksum-wrong" }] });
});

test("nonsense exits 2, says which forms are read and where the help is", async () => {
  const [text, json] = await Promise.all([
    beffroi(["device", "scan", "bonjour"], { env: FRENCH }),
    beffroi(["device", "scan", "bonjour", "--json"]),
  ]);
  expect(text).toMatchObject({ code: 2, out: "" });
  expect(text.err).toMatch(/TR005.*URN.*DevEUI/s);
  expect(text.err.replace(/\s+/g, " ")).toContain("beffroi device scan --help");
  expect(json.code).toBe(2);
  expect(ErrorJson.parse(JSON.parse(json.err)).error.code).toBe("label-unreadable");
});

test("a scanner's lines are read one by one; one that cannot be read does not stop the next", async () => {
  const child = start(["device", "scan", "--json"], {}, false, "pipe");
  child.stdin!.end(`${LABEL}\nnonsense\n\n70B3D5E75E000042\r\n`);
  const { code, out, err } = await finished(child);
  expect(code).toBe(2);
  expect(lines(out).map((line) => (line as { devEui: string }).devEui)).toEqual([
    "aabbccddeeff0011",
    "70b3d5e75e000042",
  ]);
  expect(err).toContain("labels-unread");
});

test("where nothing comes to be read, that is said", async () => {
  const child = start(["device", "scan"], {}, false, "pipe");
  child.stdin!.end("\n");
  expect(await finished(child)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/nothing\s+to\s+read/) });
});

test("a picture without a code, and a file that is none, are told apart", async () => {
  const empty = join(folder.path, "no.png");
  writeFileSync(empty, "not a picture");
  const [without, missing] = await Promise.all([
    beffroi(["device", "scan", "--picture", empty], { env: FRENCH }),
    beffroi(["device", "scan", "--picture", join(folder.path, "missing.png")], { env: FRENCH }),
  ]);
  expect(without).toMatchObject({ code: 2, err: expect.stringContaining("Aucun QR code") });
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining("ne peut pas être lu") });
});
