import { be, channel, channels, command, defineCodec, i8, inline, record, sized, u8 } from "../language/index.ts";

const { u16, u32, i16 } = be;

/** Elsys ERS, EMS and ELT families: one list of channels for all. Most significant byte first. */
export const elsys = defineCodec({
  id: "elsys",
  version: 1,
  maker: "Elsys",
  name: "ERS / EMS / ELT",
  what: { en: "sensors, one family of frames", fr: "capteurs, une famille de trames" },
  uplink: {
    5: channels({
      temperature: channel(0x01, i16.per(10).unit("Cel").quantity("air.temperature")),
      humidity: channel(0x02, u8.unit("%").range(0, 100).quantity("air.humidity")),
      acceleration: channel(0x03, record({ x: i8, y: i8, z: i8 })),
      light: channel(0x04, u16.unit("lx").quantity("air.illuminance")),
      motion: channel(0x05, u8.truth("motion", 0)),
      co2: channel(0x06, u16.unit("[ppm]").quantity("air.co2")),
      vdd: channel(0x07, u16.unit("mV").quantity("battery.voltage")),
      analog1: channel(0x08, u16.unit("mV")),
      analog2: channel(0x09, u16.unit("mV")),
      pulse1: channel(0x0a, u16),
      pulseAbs1: channel(0x0b, u32.quantity("pulse.total")),
      externalTemperature: channel(0x0c, i16.per(10).unit("Cel").quantity("air.temperature", { instance: "external" })),
      digital: channel(0x0d, u8),
      distance: channel(0x0e, u16.unit("mm").quantity("container.distance")),
      accelerationMotion: channel(0x0f, u8),
      occupancy: channel(0x11, u8.truth("occupancy", 0)),
      waterleak: channel(0x12, u8.truth("leak", 0)),
      pressure: channel(0x14, u32.per(1000).unit("hPa").quantity("air.pressure")),
      sound: channel(
        0x15,
        record({
          peak: u8.unit("dB").quantity("sound.max"),
          average: u8.unit("dB").quantity("sound.leq"),
        }),
      ),
      tvoc: channel(0x1c, u16),
    }),
  },
  downlinkPort: 6,
  commands: {
    /** The periods' unit is not published; the numbers are as the maker's own tool shows them. */
    settings: command([0x3e], {
      values: inline(sized(channels({ samplePeriod: channel(0x14, u32), sendPeriod: channel(0x1f, u32) }))),
    }),
  },
  verified: { uplinks: [5] },
  notCovered: [
    {
      en: "channels other than these: a frame is read up to the first of them",
      fr: "les canaux autres que ceux-ci : une trame est lue jusqu’au premier d’entre eux",
    },
    {
      en: "digital inputs (0D) and acceleration motion (0F): their width is not published, they are read as one byte",
      fr: "entrées numériques (0D) et mouvement d’accélération (0F) : leur largeur n’est pas publiée, ils sont lus comme un octet",
    },
    { en: "the unit of TVOC: the value stays a field", fr: "l’unité des COV : la valeur reste un champ" },
    {
      en: "settings other than sample and send period",
      fr: "les réglages autres que les périodes de mesure et d’envoi",
    },
  ],
});
