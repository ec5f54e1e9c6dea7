/** Codecs that mean harm, each with what must be said of it. They share one shape: `decodeUplink` does the harm. */
export interface HostileCodec {
  readonly name: string;
  readonly source: string;
  /** The codes that are a right answer; `ok` where the harm is contained and the call may well succeed. */
  readonly codes: readonly string[];
}

const decoding = (body: string) => `function decodeUplink(input) { ${body} }`;

export const hostileCodecs: readonly HostileCodec[] = [
  { name: "endless loop", source: decoding("for (;;) {}"), codes: ["sandbox-timeout"] },
  {
    name: "endless loop that catches everything",
    source: decoding("for (;;) { try { for (;;) {} } catch (e) {} finally { continue } }"),
    codes: ["sandbox-timeout"],
  },
  {
    name: "1 GB array",
    source: decoding("var a = new Array(1e9); for (var i = 0; ; i++) a[i] = i;"),
    codes: ["sandbox-memory", "sandbox-timeout"],
  },
  {
    // QuickJS hangs inside the constructor when a typed array is the allocation that fails: the watchdog's business.
    name: "1 GB of typed arrays",
    source: decoding("var a = []; for (;;) a.push(new Uint8Array(1 << 20));"),
    codes: ["sandbox-memory", "sandbox-timeout"],
  },
  {
    name: "1 GB at once",
    source: decoding("return { data: { n: new ArrayBuffer(1e9).byteLength } };"),
    codes: ["sandbox-memory"],
  },
  { name: "deep recursion", source: decoding("return decodeUplink(input);"), codes: ["sandbox-stack"] },
  {
    name: "deep brackets in eval",
    source: decoding('return eval("(".repeat(100000) + "1" + ")".repeat(100000));'),
    codes: ["sandbox-stack"],
  },
  {
    name: "prototype patch",
    source: `Object.prototype.polluted = "yes"; Array.prototype.push = null; Object.prototype.toJSON = undefined;
      JSON.stringify = function () { return "forged"; }; JSON.parse = null; Date = null; String = null;
      function decodeUplink(input) { return JSON && { data: { own: 1, __proto__: { polluted: "yes" }, ["__proto__"]: { polluted: "yes" } } }; }`,
    codes: ["ok"],
  },
  {
    name: "throwing getter",
    source: decoding('return { data: { get level() { throw new Error("boo"); } } };'),
    codes: ["sandbox-not-json"],
  },
  {
    name: "throws a thing that throws",
    source: decoding("throw { get message() { throw 1; } };"),
    codes: ["sandbox-throw"],
  },
  { name: "100 MB string", source: decoding('return { data: { s: "x".repeat(1e8) } };'), codes: ["sandbox-memory"] },
  { name: "async function", source: `async ${decoding("return { data: { level: 1 } };")}`, codes: ["sandbox-async"] },
  {
    name: "promise jobs without end",
    source: decoding("function again() { Promise.resolve().then(again); } again(); return { data: { level: 1 } };"),
    codes: ["sandbox-async", "sandbox-timeout"],
  },
  {
    name: "huge output",
    source: decoding(
      'var s = "x".repeat(1000), o = {}; for (var i = 0; i < 400; i++) o["k" + i] = s; return { data: o };',
    ),
    codes: ["sandbox-output-too-large"],
  },
  {
    name: "constructor.constructor escape",
    source: decoding(`var out = {};
      var ways = [this, input, input.bytes, input.recvTime, decodeUplink, Buffer, console.log, console, module];
      for (var i = 0; i < ways.length; i++) {
        var F = ways[i].constructor.constructor;
        out[i] = F("return [typeof process, typeof require, typeof global, typeof Deno, typeof WebAssembly, typeof fetch, typeof std, typeof os].join()")();
      }
      return { data: out };`),
    codes: ["ok"],
  },
  {
    name: "catastrophic regexp",
    source: decoding('return { data: { m: /^(a+)+$/.test("a".repeat(50) + "b") } };'),
    codes: ["sandbox-timeout"],
  },
  {
    name: "indexOf over 2^32 holes",
    source: decoding("var a = []; a.length = 4294967295; return { data: { at: a.indexOf(1) } };"),
    codes: ["sandbox-timeout"],
  },
  {
    name: "sparse sort",
    source: decoding("var a = []; a.length = 4294967295; a[7] = 1; a.sort(); return { data: { first: a[0] } };"),
    codes: ["sandbox-timeout"],
  },
  {
    name: "sparse join",
    source: decoding('var a = []; a.length = 4294967295; return { data: { n: a.join("").length } };'),
    codes: ["sandbox-timeout"],
  },
  {
    name: "deep JSON",
    source: decoding("var o = {}, p = o; for (var i = 0; i < 900; i++) { p.a = {}; p = p.a; } return { data: o };"),
    codes: ["sandbox-output-too-deep", "sandbox-stack", "sandbox-not-json"],
  },
  {
    name: "deeper JSON",
    source: decoding("var o = {}, p = o; for (var i = 0; i < 20000; i++) { p.a = {}; p = p.a; } return { data: o };"),
    codes: ["sandbox-stack", "sandbox-timeout"],
  },
  {
    name: "a chain of 200,000 objects to free",
    source: decoding(
      "var o = {}; for (var i = 0; i < 200000; i++) o = { a: o }; o = null; return { data: { ok: 1 } };",
    ),
    codes: ["ok", "sandbox-memory", "sandbox-timeout"],
  },
  {
    name: "waiting for another thread",
    source: decoding("Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0); return { data: {} };"),
    codes: ["sandbox-throw", "sandbox-timeout"],
  },
  { name: "a cycle", source: decoding("var o = {}; o.o = o; return { data: o };"), codes: ["sandbox-not-json"] },
  { name: "a BigInt", source: decoding("return { data: { n: 1n } };"), codes: ["sandbox-not-json"] },
  {
    name: "forged answer",
    source: `Object.prototype.ok = true; ${decoding('return "R{\\"data\\":{}}";')}`,
    codes: ["sandbox-bad-result"],
  },
];
