import { be, cases, defineCodec, hex } from "../language/index.ts";

const { u16, i16 } = be;

/** Parametric PCR2, a radar that counts who passes from left to right and from right to left. */
export const parametricPcr2 = defineCodec({
  id: "parametric-pcr2",
  version: 1,
  maker: "Parametric",
  name: "PCR2",
  what: { en: "people counting radar", fr: "radar de comptage de personnes" },
  uplink: {
    14: cases("frame", {
      counts: {
        code: [0xbe, 0x01, 0x04],
        fields: {
          /** Since the last frame. */
          leftToRight: u16,
          rightToLeft: u16,
          leftToRightTotal: u16.quantity("count.direction.leftToRight"),
          rightToLeftTotal: u16.quantity("count.direction.rightToLeft"),
          battery: u16.unit("mV").quantity("battery.voltage"),
          solar: u16.unit("mW"),
          temperature: i16.per(10).unit("Cel").quantity("device.temperature"),
        },
      },
      legacy: { code: 0x0a, fields: { content: hex("rest") } },
    }),
  },
  differs: [
    {
      en: "the only published example is malformed: no value here is verified",
      fr: "le seul exemple publié est mal formé : aucune valeur n’est vérifiée ici",
    },
  ],
  notCovered: [
    {
      en: "the older frame that begins with 0A: what its three numbers are is not published, it is kept as bytes",
      fr: "l’ancienne trame qui commence par 0A : ce que sont ses trois nombres n’est pas publié, elle est gardée en octets",
    },
    {
      en: "settings (FPort 190): their bytes are not published",
      fr: "réglages (FPort 190) : leurs octets ne sont pas publiés",
    },
  ],
});
