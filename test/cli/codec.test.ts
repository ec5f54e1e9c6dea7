import { expect, test } from "vitest";
import { JSON_OUTPUT } from "../../cli/json-output.ts";
import { catalogue } from "../../codecs/index.ts";
import { beffroi, FRENCH } from "./bin.ts";

const FRAME = "01755C03670101048244080500 01";
const decode = (...args: string[]) => beffroi(["codec", "decode", ...args], { env: FRENCH });

test("decodes a published frame to one line of JSON", async () => {
  const { code, out, err } = await decode("milesight-em400", FRAME, "--port", "85", "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(
    /^\{"model":"milesight-em400","fPort":85,"measurements":\{"battery\.level":\{"value":92,"unit":"%"\},.*\},"warnings":\[\],.*\}\n$/,
  );
  expect(out.trimEnd()).not.toContain("\n");
  const parsed = JSON.parse(out);
  expect(parsed.measurements).toEqual({
    "battery.level": { value: 92, unit: "%" },
    "device.temperature": { value: 25.7, unit: "Cel" },
    "container.distance": { value: 2116, unit: "mm" },
    "container.tilted": { value: true, unit: "bool" },
  });
  JSON_OUTPUT["codec decode"]!.schema.parse(parsed);
});

test("takes the same frame with spaces, in pieces, with colons, in capitals, as base64", async () => {
  const wanted = (await decode("milesight-em400", FRAME, "--port", "85", "--json")).out;
  const ways = [
    ["01755C", "036701", "010482440805", "0001"],
    ["0x01755c03670101048244080500 01"],
    ["01:75:5C:03:67:01:01:04:82:44:08:05:00:01"],
    ["AXVcA2cBAQSCRAgFAAE=", "--base64"],
  ];
  for (const way of ways)
    expect((await decode("milesight-em400", ...way, "--port", "85", "--json")).out, way.join(" ")).toBe(wanted);
});

test("shows people a table in their numbers", async () => {
  const { out } = await decode("milesight-em400", FRAME, "--port", "85");
  expect(out).toMatch(/battery\.level +.*92 %/);
  expect(out).toMatch(/25,7 °C/);
});

test("a frame that cannot be read is a failure with its code, not a wrong use", async () => {
  const { code, out, err } = await decode("milesight-em400", FRAME, "--port", "9", "--json");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(JSON.parse(err).error).toMatchObject({ code: "frame-unreadable", exit: 1, fault: { code: "port.unknown" } });
});

test("encodes a command to the bytes of the data sheet", async () => {
  const fields = '{"address":"broadcast","level":50}';
  const { code, out } = await beffroi(["codec", "encode", "nas-ul20xx", "dim", fields, "--json"]);
  expect(code).toBe(0);
  const parsed = JSON.parse(out);
  expect(parsed).toMatchObject({ model: "nas-ul20xx", command: "dim", fPort: 60, bytes: "01fe32" });
  JSON_OUTPUT["codec encode"]!.schema.parse(parsed);
});

test("a value out of range is refused before it is a byte, with the range", async () => {
  const { code, out, err } = await beffroi(["codec", "encode", "nas-ul20xx", "dim", '{"level":150}'], { env: FRENCH });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/level : 0 … 100 %/);
});

test("list and show say what they promise to scripts", async () => {
  const list = JSON.parse((await beffroi(["codec", "list", "--json"])).out);
  JSON_OUTPUT["codec list"]!.schema.parse(list);
  expect(list.map(({ id }: { id: string }) => id).sort()).toEqual([...catalogue.keys()].sort());
  for (const { id, verified } of list) {
    const { uplinks, commands } = catalogue.get(id)!.shape;
    expect({ id, verified }).toEqual({ id, verified: [...uplinks, ...commands].some((part) => part.verified) });
  }
  const shape = JSON.parse((await beffroi(["codec", "show", "nas-ul20xx", "--json"])).out);
  JSON_OUTPUT["codec show"]!.schema.parse(shape);
  expect(shape.id).toBe("nas-ul20xx");
});

test("a device is read by the name on its box, and what is not there is said", async () => {
  const bin = await beffroi(["codec", "decode", "EM400 MUD", FRAME, "--port", "85", "--json"]);
  expect(JSON.parse(bin.out).model).toBe("milesight-em400");
  const found = await beffroi(["codec", "list", "em310 udl"], { env: FRENCH });
  expect(found.out).toMatch(/milesight-em400 .*déchets/);
  expect(found.out).toContain("EM310-UDL");
  const none = await beffroi(["codec", "list", "zorglub"], { env: FRENCH });
  expect(none).toMatchObject({ code: 0, out: expect.stringContaining("zorglub") });
});
