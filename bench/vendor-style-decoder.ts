/**
 * A decoder of the kind and size vendors publish: about 25 kB, one chain of `else if` over channel and type, its own
 * readers, arithmetic on every item. Our own text; the channels are invented.
 */

const quantities = [
  "temperature",
  "humidity",
  "distance",
  "pressure",
  "co2",
  "tvoc",
  "light",
  "current",
  "voltage",
  "power",
];

function branch(index: number): string {
  const channel = 0x03 + Math.floor(index / 10);
  const type = 0x60 + (index % 10);
  const name = `${quantities[index % 10]}_${Math.floor(index / 10) + 1}`;
  return `
        // ${name.replace("_", " ").toUpperCase()}
        else if (channel_id === 0x${channel.toString(16)} && channel_type === 0x${type.toString(16)}) {
            var raw_${index} = ${index % 2 === 0 ? "readInt16LE" : "readUInt16LE"}(bytes.slice(i, i + 2));
            decoded.${name} = Number((raw_${index} / ${index % 3 === 0 ? 10 : 100}).toFixed(2));
            i += 2;
        }`;
}

/** Source text; entry point `decodeUplink`. */
export const vendorStyleDecoder = `
function decodeUplink(input) {
    var decoded = deviceDecode(input.bytes);
    return { data: decoded };
}

function deviceDecode(bytes) {
    var decoded = {};
    for (var i = 0; i < bytes.length; ) {
        var channel_id = bytes[i++];
        var channel_type = bytes[i++];
        // BATTERY
        if (channel_id === 0x01 && channel_type === 0x75) {
            decoded.battery = readUInt8(bytes[i]);
            i += 1;
        }${Array.from({ length: 97 }, (_, index) => branch(index)).join("")}
        // POSITION
        else if (channel_id === 0x05 && channel_type === 0x00) {
            decoded.position = readPosition(bytes[i]);
            i += 1;
        }
        else {
            break;
        }
    }
    return decoded;
}

function readUInt8(bytes) {
    return bytes & 0xff;
}

function readUInt16LE(bytes) {
    var value = (bytes[1] << 8) + bytes[0];
    return value & 0xffff;
}

function readInt16LE(bytes) {
    var ref = readUInt16LE(bytes);
    return ref > 0x7fff ? ref - 0x10000 : ref;
}

function readPosition(type) {
    var position_map = { 0: "normal", 1: "tilt" };
    return getValue(position_map, type);
}

function getValue(map, key) {
    var value = map[key];
    if (!value) value = "unknown";
    return value;
}
`;

/** Eight items, spread over the chain as a device's frame is. */
export const vendorStyleFrame = Uint8Array.from([
  0x01, 0x75, 0x5c, 0x03, 0x60, 0x01, 0x01, 0x03, 0x61, 0x66, 0x08, 0x04, 0x62, 0x44, 0x08, 0x06, 0x63, 0xf4, 0x01,
  0x08, 0x66, 0xff, 0xff, 0x0a, 0x64, 0x10, 0x27, 0x05, 0x00, 0x01,
]);
