import {
  be,
  bits,
  cases,
  characters,
  command,
  defineCodec,
  hex,
  hexDigits,
  le,
  literal,
  oneOf,
  u8,
} from "../language/index.ts";

const { u16, i16 } = be;
const HEADER = [0x80, 0x00, 0x01];

/** Two flags a byte, one in each half. */
const half = (from: 0 | 4) => ({ from, width: 4, codes: { no: 0, yes: 1 } }) as const;

const distance = u16.unit("mm").quantity("container.distance");
const state = {
  temperature: u8.unit("Cel").quantity("device.temperature"),
  /** The sign is that of the wire; the maker's own decoder turns it round. */
  angle: i16.unit("deg").quantity("device.tilt"),
  fill: bits({ full: half(4), fire: { ...half(0), quantity: "container.fire" } }),
  condition: bits({ tilted: { ...half(4), quantity: "container.tilted" }, batteryLow: half(0) }),
  /** Counts frames; its width within these bytes is not published. */
  counter: hex(3),
  end: literal("\x81"),
};

/** A setting is an ASCII text: number of the option and value, two hexadecimal digits each. */
const setting = (option: string) => characters(`80029999${option}`);
const end = literal("81");
const value = hexDigits(2);

/** Dingtek DF702, ultrasonic distance for containers. */
export const dingtekDf702 = defineCodec({
  id: "dingtek-df702",
  version: 1,
  maker: "Dingtek",
  name: "DF702",
  what: { en: "container sensor", fr: "capteur de conteneur" },
  uplink: {
    3: cases("kind", {
      level: { code: [...HEADER, 0x01, 0x11], fields: { distance, position: hex(1), ...state } },
      levelAndPosition: {
        code: [...HEADER, 0x01, 0x19],
        fields: { distance, position: hex(1), longitude: le.f32.unit("deg"), latitude: le.f32.unit("deg"), ...state },
      },
      parameters: {
        code: [...HEADER, 0x03],
        fields: {
          header: hex(3),
          reportPeriod: u8.unit("h"),
          detectPeriod: u8.unit("min"),
          fullThreshold: u8.unit("cm"),
          fireThreshold: u8.unit("Cel"),
          tiltThreshold: u8.unit("deg"),
          tiltEnabled: u8,
          more: hex("rest"),
        },
      },
    }),
  },
  downlinkPort: 3,
  commands: {
    "report-interval": command(setting("01"), { hours: value.unit("h").range(1, 168), end }),
    "detect-interval": command(setting("08"), { minutes: value.unit("min").range(1, 60), end }),
    "full-threshold": command(setting("02"), { distance: value.unit("cm").range(15, 255), end }),
    "fire-threshold": command(setting("03"), { temperature: value.unit("Cel"), end }),
    "tilt-threshold": command(setting("04"), { angle: value.unit("deg").range(15, 90), end }),
    "measuring-range": command(setting("09"), { range: oneOf({ "2 m": 0x07, "5 m": 0x13 }).hexText(), end }),
    "tilt-detection": command(setting("09"), { tilt: oneOf({ on: 0x0a, off: 0x09 }).hexText(), end }),
  },
  verified: { uplinks: [3], commands: ["report-interval", "full-threshold"] },
  differs: [
    {
      en: "the maker's decoder turns the sign of the angle round (0020 is read as -32°) and gives numbers as texts with their units; here 0020 is 32°",
      fr: "le décodeur du fabricant inverse le signe de l’angle (0020 lu -32°) et donne les nombres en textes avec leurs unités ; ici 0020 vaut 32°",
    },
  ],
  notCovered: [
    {
      en: "the FPort of downlinks is not published: that of uplinks is used",
      fr: "le FPort des commandes n’est pas publié : celui des trames montantes est employé",
    },
    {
      en: "byte 7 of level frames and the first and last bytes of parameter frames are kept as bytes",
      fr: "l’octet 7 des trames de niveau, les premiers et les derniers octets des trames de paramètres sont gardés en octets",
    },
  ],
});
