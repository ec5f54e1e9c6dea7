import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandbox, type Sandbox } from "../../codecs/sandbox/index.ts";
import type { SandboxLimits } from "../../codecs/sandbox/limits.ts";

const recvTime = "2024-06-01T10:00:00.123456789Z";
const frame = { bytes: Uint8Array.of(1, 42), fPort: 2, recvTime };

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = createSandbox();
});
afterAll(() => sandbox.stop());

async function decodeWith(source: string, input: Partial<typeof frame> = {}): Promise<unknown> {
  const loaded = await sandbox.load("codec", source);
  if (!loaded.ok) return loaded.fault;
  const answer = await sandbox.decodeUplink("codec", { ...frame, ...input });
  return answer.ok ? answer.value.data : answer.fault;
}

async function encodeWith(source: string, fPort?: number): Promise<unknown> {
  const loaded = await sandbox.load("codec", source);
  if (!loaded.ok) return loaded.fault;
  const input = { data: { interval: 10 }, variables: { unit: "s" } };
  const answer = await sandbox.encodeDownlink("codec", fPort === undefined ? input : { ...input, fPort });
  return answer.ok ? { bytes: [...answer.value.bytes], fPort: answer.value.fPort } : answer.fault;
}

describe("entry points, in the order published codecs need", () => {
  const body = "return { data: { level: input.bytes[1] } };";
  test.each([
    ["decodeUplink", `function decodeUplink(input) { ${body} }`],
    ["decodeUplink", `const decodeUplink = (input) => { ${body} }`],
    ["decodeUplink", `var driver = {}; function decodeUplink(input) { ${body} } function Decode() { throw 1; }`],
    ["driver.decodeUplink", `let driver = { decodeUplink: function (input) { ${body} } };`],
    ["exports.decodeUplink", `exports.decodeUplink = function (input) { ${body} };`],
    ["module.exports.decodeUplink", `module.exports = { decodeUplink: function (input) { ${body} } };`],
    [
      "Decode",
      "function Decode(fPort, bytes, variables) { return { level: bytes[fPort - 1] }; } function Decoder() {}",
    ],
    ["Decoder", "function Decoder(bytes, port) { return { level: bytes[port - 1] }; }"],
    ["Decoder(port, bytes)", "function Decoder(port, bytes) { return { level: bytes[port - 1] }; }"],
    ["Decoder(port, bytes)", "var Decoder = (fPort, data) => ({ level: data[fPort - 1] });"],
  ])("%s", async (label, source) => {
    expect(await decodeWith(source)).toEqual({ level: 42 });
    expect(await sandbox.load("codec", source)).toMatchObject({
      ok: true,
      value: { entry: ["decodeUplink"], servedBy: { decodeUplink: label } },
    });
  });

  test("encoders old and new, and the port they go to", async () => {
    expect(
      await encodeWith("function encodeDownlink(input) { return { bytes: [3, input.data.interval], fPort: 9 }; }", 4),
    ).toEqual({ bytes: [3, 10], fPort: 9 });
    expect(await encodeWith("function Encode(port, object, variables) { return [port, object.interval]; }", 4)).toEqual(
      {
        bytes: [4, 10],
        fPort: 4,
      },
    );
    expect(
      await encodeWith("function Encoder(object, port) { return new Uint8Array([object.interval, -1]); }"),
    ).toMatchObject({
      bytes: [10, 255],
      fPort: 1,
    });
    expect(await encodeWith("function Encoder(object) { return Buffer.from([object.interval]); }")).toMatchObject({
      bytes: [10],
    });
  });

  test("a byte that does not fit is refused, not cut", async () => {
    for (const bytes of ["[300]", "[1.5]", "['1']", "[-129]", "null", "[NaN]", "new Array(256).fill(0)"]) {
      expect(await encodeWith(`function encodeDownlink() { return { bytes: ${bytes}, fPort: 1 }; }`)).toMatchObject({
        code: "sandbox-bad-result",
      });
    }
    for (const fPort of [0, 256, 1.5]) {
      expect(await encodeWith(`function encodeDownlink() { return { bytes: [1], fPort: ${fPort} }; }`)).toMatchObject({
        code: "sandbox-bad-result",
      });
    }
  });

  test("decodeDownlink and normalizeUplink run only when asked for", async () => {
    await sandbox.load(
      "both",
      `function decodeUplink() { return { data: { t: 1 } }; }
       function decodeDownlink(input) { return { data: { interval: input.bytes[1] } }; }
       function normalizeUplink(input) { return { data: [{ air: { temperature: input.data.t } }] }; }`,
    );
    expect(await sandbox.decodeUplink("both", frame)).toMatchObject({ value: { data: { t: 1 } } });
    expect(await sandbox.decodeDownlink("both", frame)).toMatchObject({ value: { data: { interval: 42 } } });
    expect(await sandbox.normalizeUplink("both", { data: { t: 5 } })).toMatchObject({
      value: { data: [{ air: { temperature: 5 } }] },
    });
  });

  test("no entry point, a syntax error and a throwing source each have their code", async () => {
    expect(await decodeWith("var x = 1;")).toMatchObject({ code: "sandbox-no-entry" });
    expect(await decodeWith("function decodeUplink( {")).toMatchObject({ code: "sandbox-load-failed" });
    expect(await decodeWith("throw new Error('no licence')")).toMatchObject({
      code: "sandbox-load-failed",
      message: expect.stringContaining("no licence"),
    });
    expect(await decodeWith(`/* ${"x".repeat(512 * 1024)} */`)).toMatchObject({ code: "sandbox-source-too-large" });
    expect(await sandbox.decodeUplink("nobody", frame)).toMatchObject({ fault: { code: "sandbox-unknown-codec" } });
    expect(await encodeWith("function decodeUplink() {}")).toMatchObject({ code: "sandbox-no-entry" });
  });
});

describe("what vendor code expects of its host", () => {
  test("sloppy mode: undeclared variables, octal literals, with", async () => {
    const source = `function decodeUplink(input) { cmd = 010; for (i = 0; i < 2; i++) last = input.bytes[i];
      with (input) { port = fPort; } return { data: { cmd: cmd, last: last, port: port, self: this === globalThis } }; }`;
    expect(await decodeWith(source)).toEqual({ cmd: 8, last: 42, port: 2, self: true });
  });

  test.each([
    "function Buffer() {} Buffer.from = function () { return 'own'; };",
    "const Buffer = { from: function () { return 'own'; } };",
    "class Buffer { static from() { return 'own'; } }",
    "var Buffer = { from: function () { return 'own'; } }; var exports = exports || {}; let console = null; const module = 1;",
  ])("its own Buffer: %s", async (declaration) => {
    const source = `${declaration} function decodeUplink() { return { data: { b: Buffer.from([1]) } }; }`;
    expect(await decodeWith(source)).toEqual({ b: "own" });
  });

  test("console is silent; atob, btoa and TextDecoder are there", async () => {
    const source = `function decodeUplink(input) { console.log("x", input); console.table([]);
      return { data: { a: atob("SGk="), b: btoa("Hi"), t: new TextDecoder().decode(new Uint8Array([195, 169])),
        e: Array.from(new TextEncoder().encode("é")) } }; }`;
    expect(await decodeWith(source)).toEqual({ a: "Hi", b: "SGk=", t: "é", e: [195, 169] });
  });

  test("recvTime is a Date of the realm, or the unchanged text by option", async () => {
    const source = `function decodeUplink(input) { var t = input.recvTime;
      return { data: { date: t instanceof Date, text: String(t), iso: typeof t === "string" ? t : t.toISOString() } }; }`;
    expect(await decodeWith(source)).toMatchObject({ date: true, iso: "2024-06-01T10:00:00.123Z" });
    await sandbox.load("text", source, { recvTime: "string" });
    expect(await sandbox.decodeUplink("text", frame)).toMatchObject({
      value: { data: { date: false, text: recvTime } },
    });
  });

  test("variables reach decoder and encoder", async () => {
    await sandbox.load(
      "v",
      "function decodeUplink(i) { return { data: i.variables }; } function Encode(p, o, v) { return [v.n]; }",
    );
    expect(await sandbox.decodeUplink("v", { ...frame, variables: { depth: "1200" } })).toMatchObject({
      value: { data: { depth: "1200" } },
    });
  });

  test("a warm context keeps its globals between calls, and two codecs share none", async () => {
    const source = "var n = 0; function decodeUplink() { return { data: { n: ++n } }; }";
    await sandbox.load("one", source);
    await sandbox.load("two", source);
    for (const n of [1, 2]) expect(await sandbox.decodeUplink("one", frame)).toMatchObject({ value: { data: { n } } });
    expect(await sandbox.decodeUplink("two", frame)).toMatchObject({ value: { data: { n: 1 } } });
  });

  test("400 branches of else-if and a 500 kB source load", async () => {
    const branches = Array.from({ length: 400 }, (_, i) => `if (c === ${i}) { r.v = ${i}; }`).join(" else ");
    const padding = `/* ${"x".repeat(480 * 1024)} */`;
    const source = `${padding} function decodeUplink(input) { var r = {}, c = input.bytes[1] + 300; ${branches} return { data: r }; }`;
    expect(await decodeWith(source)).toEqual({ v: 342 });
  });
});

describe("results", () => {
  test.each([
    ["{ data: { a: NaN, b: Infinity, c: undefined, d: function () {} } }", { a: null, b: null }],
    ["{ data: { a: new Date(0) }, errors: [], warnings: null }", { a: "1970-01-01T00:00:00.000Z" }],
    ["{ warnings: ['unknown port'] }", null],
    ["{ data: [] }", { code: "sandbox-bad-result" }],
    ["{ data: 7 }", { code: "sandbox-bad-result" }],
    ["{}", { code: "sandbox-bad-result" }],
    ["undefined", { code: "sandbox-bad-result" }],
    ["'text'", { code: "sandbox-bad-result" }],
    ["{ data: {}, errors: ['unknown FPort'] }", { code: "sandbox-errors", errors: ["unknown FPort"] }],
    ["{ errors: 'one text' }", { code: "sandbox-errors", errors: ["one text"] }],
    ["{ data: { s: 'a\\u0000b\\ud800' } }", { s: "a\u0000b\ud800" }],
  ])("%s", async (expression, expected) => {
    const found = await decodeWith(`function decodeUplink() { return ${expression}; }`);
    if (expected !== null && "code" in expected) expect(found).toMatchObject(expected);
    else expect(found).toEqual(expected);
  });

  test("no key of a result can reach a prototype", async () => {
    const data = await decodeWith(
      'function decodeUplink() { return { data: { ["__proto__"]: { evil: 1 }, a: { ["__proto__"]: { evil: 1 }, b: 1 } } }; }',
    );
    expect(JSON.stringify(data)).toBe('{"a":{"b":1}}');
  });

  test("a throw becomes an error with its text", async () => {
    expect(await decodeWith("function decodeUplink() { throw new RangeError('bad length'); }")).toMatchObject({
      code: "sandbox-throw",
      errors: ["RangeError: bad length"],
    });
    expect(await decodeWith("function decodeUplink() { throw 'plain'; }")).toMatchObject({ errors: ["plain"] });
    expect(await decodeWith("function decodeUplink() { return nowhere; }")).toMatchObject({
      errors: [expect.stringContaining("nowhere")],
    });
  });
});

describe("literals of test files", () => {
  test.each<[string, unknown]>([
    [
      "[{ name: 'x', input: { bytes: [0x01, 1.5,], /* c */ fPort: 2 } }] // end",
      [{ name: "x", input: { bytes: [1, 1.5], fPort: 2 } }],
    ],
    ["[]", []],
    ["{ a: 1 };\n", { a: 1 }],
    ["// head\n[1,\n2]; ", [1, 2]],
  ])("%s", async (source, value) => {
    expect(await sandbox.evaluateLiteral(source)).toEqual({ ok: true, value });
  });

  test("broken and endless ones are refused", async () => {
    expect(await sandbox.evaluateLiteral("[1,")).toMatchObject({ fault: { code: "sandbox-load-failed" } });
    expect(await sandbox.evaluateLiteral("(function(){ for (;;) {} })()")).toMatchObject({
      fault: { code: "sandbox-timeout" },
    });
    expect(await sandbox.evaluateLiteral("process.exit(3)")).toMatchObject({ fault: { code: "sandbox-load-failed" } });
  });
});

describe("strikes, quarantine and the thread's life", () => {
  const hang =
    "function decodeUplink(i) { if (i.fPort === 1) { var a = []; a.length = 4294967295; a.indexOf(1); } return { data: { ok: 1 } }; }";
  async function withSandbox(
    limits: Partial<SandboxLimits>,
    run: (own: Sandbox, clock: { at: number }) => Promise<void>,
  ) {
    const clock = { at: 0 };
    const own = createSandbox({ limits, clock: { now: () => clock.at } });
    try {
      await run(own, clock);
    } finally {
      await own.stop();
    }
  }
  const codeOf = async (own: Sandbox, fPort: number) => {
    const answer = await own.decodeUplink("x", { ...frame, fPort });
    return answer.ok ? "ok" : answer.fault.code;
  };

  test("three hangs quarantine a codec, by its source, until pardoned", async () => {
    await withSandbox({ callMsMax: 100 }, async (own) => {
      await own.load("x", hang);
      for (let strike = 0; strike < 3; strike++) {
        expect(await codeOf(own, 2)).toBe("ok");
        expect(await codeOf(own, 1)).toBe("sandbox-timeout");
      }
      expect(await codeOf(own, 2)).toBe("sandbox-quarantined");
      expect(own.stats()).toMatchObject({ hangs: 3, crashes: 0, quarantined: ["x"] });
      expect(await own.load("x", hang)).toMatchObject({ fault: { code: "sandbox-quarantined" } });
      own.pardon("x");
      expect(await codeOf(own, 2)).toBe("ok");
      expect(await own.load("x", `${hang} // repaired`)).toMatchObject({ ok: true });
    });
  });

  test("a source that hangs while it is loaded is stopped too", async () => {
    await withSandbox({ loadMsMax: 500 }, async (own) => {
      await own.load("good", "function decodeUplink() { return { data: {} }; }");
      expect(await own.load("x", "for (;;) {}")).toMatchObject({ fault: { code: "sandbox-timeout" } });
      expect(await own.load("y", "var a = []; a.length = 4294967295; a.indexOf(1);")).toMatchObject({
        fault: { code: "sandbox-timeout" },
      });
      expect(await own.decodeUplink("good", frame)).toMatchObject({ ok: true });
      expect(own.stats()).toMatchObject({ hangs: 1 });
    });
  });

  test("a realm that was stopped half-way is made anew", async () => {
    await withSandbox({}, async (own) => {
      const source = "var n = 0; function decodeUplink(i) { n++; while (i.fPort === 1) {} return { data: { n: n } }; }";
      await own.load("x", source);
      for (const n of [1, 2]) expect(await own.decodeUplink("x", frame)).toMatchObject({ value: { data: { n } } });
      expect(await codeOf(own, 1)).toBe("sandbox-timeout");
      expect(await own.decodeUplink("x", frame)).toMatchObject({ value: { data: { n: 1 } } });
    });
  });

  test("strikes grow old", async () => {
    await withSandbox({ callMsMax: 100, strikeLifeMs: 1000 }, async (own, clock) => {
      await own.load("x", hang);
      for (let strike = 0; strike < 4; strike++) {
        clock.at += 600;
        expect(await codeOf(own, 1)).toBe("sandbox-timeout");
      }
      expect(await codeOf(own, 2)).toBe("ok");
    });
  });

  test("calls waiting behind a quarantined codec's are answered at once", async () => {
    await withSandbox({ callMsMax: 100 }, async (own) => {
      await own.load("x", "function decodeUplink() { for (;;) {} }");
      const codes = await Promise.all(Array.from({ length: 400 }, () => codeOf(own, 1)));
      expect(codes.filter((code) => code === "sandbox-quarantined").length).toBeGreaterThanOrEqual(400 - 256);
      expect(new Set(codes)).toEqual(new Set(["sandbox-timeout", "sandbox-quarantined"]));
    });
  });

  test("more codecs than warm realms all go on answering", async () => {
    await withSandbox({ warmRealmsMax: 2 }, async (own) => {
      for (let k = 0; k < 5; k++) await own.load(`c${k}`, `function decodeUplink() { return { data: { k: ${k} } }; }`);
      const ids = Array.from({ length: 30 }, (_, n) => (n * 7) % 5);
      const answers = await Promise.all(ids.map((k) => own.decodeUplink(`c${k}`, frame)));
      expect(answers).toEqual(ids.map((k) => ({ ok: true, value: { data: { k }, warnings: [] } })));
    });
  });

  test("too many waiting calls are refused, an unloaded codec is unknown, a stopped sandbox says so", async () => {
    await withSandbox({ waitingCallsMax: 10 }, async (own) => {
      await own.load("x", "function decodeUplink() { return { data: {} }; }");
      const codes = await Promise.all(Array.from({ length: 15 }, () => codeOf(own, 1)));
      expect(codes.filter((code) => code === "sandbox-busy")).toHaveLength(5);
      const late = codeOf(own, 1);
      own.unload("x");
      expect(await late).toBe("sandbox-unknown-codec");
      await own.load("x", "function decodeUplink() { for (;;) {} }");
      const cut = codeOf(own, 1);
      await own.stop();
      expect(await cut).toBe("sandbox-stopped");
      expect(await codeOf(own, 1)).toBe("sandbox-stopped");
    });
  });
});
