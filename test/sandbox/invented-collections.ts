/**
 * Small invented collections in the four layouts published codecs come in, each trap once. They are texts and not files,
 * for half of them are, on purpose, no JSON and no code a linter would pass.
 */

const level = "function decodeUplink(input) { return { data: { level: input.bytes[1] } }; }";
const interval = "function encodeDownlink(input) { return { bytes: [3, input.data.interval], fPort: 2 }; }";

/** 5 codecs, 5 loaded, 8 vectors, 7 passed. */
export const chirpStackProfiles: Readonly<Record<string, string>> = {
  "vendors/acme/codecs/acme-x1.js": `${level} ${interval}`,
  "vendors/acme/codecs/test_decode_acme-x1.json": `[
    {"name": "normal", "input": {"fPort": 2, "bytes": [1, 42]}, "expected": {"data": {"level": 42}, "errors": [], "warnings": null}},
    {"name": "wrong", "input": {"fPort": 2, "bytes": [1, 41]}, "expected": {"data": {"level": 42}}}]`,
  "vendors/acme/codecs/test_encode_acme-x1.json":
    '[{"name": "set", "input": {"data": {"interval": 10}}, "expected": {"bytes": [3, 10], "fPort": 2}}]',
  // The name is cut at the variant; an exact name beside it must win.
  "vendors/acme/codecs/acme-x2-4096.js": level.replace("input.bytes[1]", "4096"),
  "vendors/acme/codecs/acme-x2-8192.js": level.replace("input.bytes[1]", "8192"),
  "vendors/acme/codecs/test_decode_acme-x2.json":
    '[{"input": {"fPort": 2, "bytes": [1]}, "expected": {"data": {"level": 4096}}}]',
  "vendors/acme/codecs/test_encode_acme-x2.json": "[]",
  // JavaScript, not JSON; sloppy code; the codec wants variables and a time.
  "vendors/bolt/codecs/bolt.js": `function decodeUplink(input) { total = 010; for (i in input.bytes) total += input.bytes[i];
    return { data: { total: total, depth: Number(input.variables.depth), at: input.recvTime.toISOString() } }; }`,
  "vendors/bolt/codecs/test_decode_bolt.json": `// hexadecimal, comments, commas
    [{ name: 'hex', input: { fPort: 0x02, bytes: [0x01, 0xFF,], variables: { depth: '1200' }, recvTime: '2024-01-01T00:00:00.5+01:00' },
       expected: { data: { at: "2023-12-31T23:00:00.500Z", depth: 1200, total: 264 }, }, },]`,
  // Errors reported, and errors thrown, are results like others.
  "vendors/bolt/codecs/strict.js": `function decodeUplink(input) { if (input.fPort !== 2) return { errors: ["unknown FPort"], data: { x: 1 } };
    throw new Error("too short"); }`,
  "vendors/bolt/codecs/test_decode_strict.json": `[
    {"name": "port", "input": {"fPort": 9, "bytes": []}, "expected": {"errors": ["unknown FPort"]}},
    {"name": "short", "input": {"fPort": 2, "bytes": []}, "expected": {"errors": ["too short"]}},
    {"name": "other", "input": {"fPort": 7, "bytes": []}, "expected": {"data": {}, "errors": ["unknown FPort"]}}]`,
  "vendors/bolt/codecs/test_decode_nobody.json": "[]",
  "vendors/bolt/vendor.toml": "name = 'Bolt'",
};

/** 3 codecs, 2 loaded, 5 vectors, 4 passed. */
export const examplesFiles: Readonly<Record<string, string>> = {
  "probe/examples.json": `[
    {"type": "uplink", "description": "digits survive", "input": {"bytes": "012A", "fPort": 2, "recvTime": "2024-01-01T00:00:00.123456789+00:00"},
     "output": {"data": {"level": 42, "at": "2024-01-01T00:00:00.123456789+00:00"}, "warnings": []}},
    {"type": "downlink-encode", "description": "set", "input": {"data": {"interval": 10}}, "output": {"bytes": "030a", "fPort": 2}},
    {"type": "downlink-decode", "description": "back", "input": {"bytes": [3, 10], "fPort": 2}, "output": {"data": {"interval": 10}}}]`,
  "probe/driver/package.json": '{"main": "./lib/probe.js"}',
  "probe/driver/lib/probe.js": `exports.decodeUplink = function (input) { return { data: { at: input.recvTime, level: input.bytes[1] } }; };
    exports.encodeDownlink = function (input) { return { fPort: 2, bytes: [3, input.data.interval] }; };
    exports.decodeDownlink = function (input) { return { data: { interval: input.bytes[1] } }; };`,
  "beside/index.js": `var driver = { decodeUplink: function (input) { return { data: { level: input.bytes[1] }, warnings: ["low"] }; } };`,
  "beside/examples.json":
    '[{"input": {"bytes": "01 2A", "fPort": 2}, "output": {"data": {"level": 42}, "warnings": ["low"]}}]',
  "broken/codec.js": "const fs = require('fs'); exports.decodeUplink = () => fs;",
  "broken/examples.json": '[{"type": "uplink", "input": {"bytes": "01", "fPort": 2}, "output": {"data": {}}}]',
  "lost/examples.json": "[]",
};

/** 1 codec, 1 loaded, 3 vectors, 3 passed. */
export const upstreamPair: Readonly<Record<string, string>> = {
  "reference/upstream-codec.js": `function Decoder(port, bytes) { return { level: bytes[1], port: port }; }
    function Encoder(object, port) { return Buffer.from([3, object.interval]); }`,
  "reference/upstream-examples.json": `{"examples": [
    {"description": "report", "input": {"fPort": 2, "bytes": [1, 42]}, "output": {"data": {"port": 2, "level": 42}, "normalizedPayload": {"x": 1}}},
    {"type": "downlink", "description": "set", "input": {"data": {"interval": 10}}, "output": {"bytes": [3, 10]}},
    {"section": "downlinkEncoder", "description": "set", "input": {"data": {"interval": 11}}, "output": {"bytes": [3, 11], "fPort": 1}}]}`,
};

/** 2 codecs, 2 loaded, 3 vectors, 3 passed. YAML's JSON subset, so that the test needs no YAML parser. */
export const deviceRepository: Readonly<Record<string, string>> = {
  "vendor/acme/index.yaml": "endDevices: [x1]",
  "vendor/acme/x1-codec.yaml": `{
    "uplinkDecoder": {"fileName": "x1.js", "examples": [
      {"description": "report", "input": {"fPort": 2, "bytes": [1, 42]}, "output": {"data": {"level": 42}, "normalizedOutput": {"data": [{}]}}}]},
    "downlinkEncoder": {"fileName": "x1-encoder.js", "examples": [
      {"description": "set", "input": {"data": {"interval": 10}}, "output": {"bytes": [3, 10], "fPort": 2}}]},
    "downlinkDecoder": {"fileName": "x1-encoder.js", "examples": [
      {"description": "back", "input": {"fPort": 2, "bytes": [3, 10]}, "output": {"data": {"interval": 10}}}]}}`,
  // The same private names in both files: they cannot share a realm.
  "vendor/acme/x1.js": `const lowByte = (x) => x & 255; function decodeUplink(input) { return { data: { level: lowByte(input.bytes[1]) } }; }
    function normalizeUplink() { throw new Error("nobody asked"); }`,
  "vendor/acme/x1-encoder.js": `const lowByte = 255; ${interval} function decodeDownlink(input) { return { data: { interval: input.bytes[1] & lowByte } }; }`,
  "vendor/acme/malformed.yaml": '{"uplinkDecoder": {"fileName": ',
  "vendor/acme/gone.yaml": '{"uplinkDecoder": {"fileName": "gone.js", "examples": []}}',
};
