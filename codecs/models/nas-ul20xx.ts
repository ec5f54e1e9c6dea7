import { defineCodec } from "../language/index.ts";
import { care, orders, settings } from "./nas-downlinks.ts";
import { alert, boot, status, usage } from "./nas-uplinks.ts";

/** NAS UL20xx luminaire controllers (DALI or 0-10 V), firmware 1.1: class C, everything little-endian. */
export const nasUl20xx = defineCodec({
  id: "nas-ul20xx",
  version: 1,
  maker: "NAS",
  name: "UL20xx",
  what: { en: "luminaire controller", fr: "contrôleur de luminaire" },
  firmware: "1.1",
  uplink: { 23: status, 26: usage, 61: alert, 99: boot },
  echoPorts: [50],
  commands: { ...orders, ...settings, ...care },
  verified: {
    uplinks: [23, 26, 61, 99],
    commands: ["dim", "release", "timed-dim", "status-interval", "fallback", "profile", "calendar"],
  },
  notCovered: [
    {
      en: "alerts of digital input, LDR and DALI: kept as bytes, their content is not published",
      fr: "alertes de l’entrée numérique, de la cellule (LDR) et du DALI : gardées en octets, leur contenu n’est pas publié",
    },
    {
      en: "boot: wiring, features and reset reason are kept as bytes",
      fr: "démarrage : câblage, fonctions et cause du redémarrage sont gardés en octets",
    },
    {
      en: "driver memory, addressing, identify and open drain (60: 07, 08, 0A, 0B, 0C)",
      fr: "mémoire du driver, adressage, identification et sortie à drain ouvert (60 : 07, 08, 0A, 0B, 0C)",
    },
    {
      en: "fade, DALI monitor, location, digital input and light sensor settings (50: 22, 24, 26, 28, 29)",
      fr: "réglages du fondu, de la surveillance DALI, de la position, de l’entrée numérique et du capteur de lumière (50 : 22, 24, 26, 28, 29)",
    },
    {
      en: "metering alert limits (50: 16): the width of the voltage limits is not published",
      fr: "seuils d’alerte du comptage (50 : 16) : la largeur des seuils de tension n’est pas publiée",
    },
    {
      en: "calendars of more than one step at dawn and dusk, or with flags (50: 20)",
      fr: "calendriers de plus d’un palier à l’aube et au crépuscule, ou avec indicateurs (50 : 20)",
    },
    {
      en: "multicast groups (50: 52): the width of the index and the byte order of the keys are not published; read as one byte and as they are written, and a lamp counts as a member only when it sends the frame back",
      fr: "groupes multicast (50 : 52) : la largeur de l’indice et l’ordre des octets des clés ne sont pas publiés ; lus comme un octet et tels qu’ils sont écrits, et une lampe ne compte comme membre que lorsqu’elle renvoie la trame",
    },
    { en: "chained settings (50: FE)", fr: "réglages enchaînés (50 : FE)" },
  ],
});
