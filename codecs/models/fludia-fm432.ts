import { be, blocks, cases, defineCodec, hex, inline, recent, u8 } from "../language/index.ts";

const index = {
  counts: inline(
    recent(
      {
        step: u8.unit("min"),
        index: be.u32.quantity("pulse.total"),
        /** Counted in each step, read as the oldest first. */
        increments: blocks(be.u16),
      },
      { stepMinutes: "step", deltas: "increments", delta: "pulse.delta" },
    ),
  ),
};

/** Fludia FM432, an optical head or contact on a meter: its index and what was counted in each of the last steps. */
export const fludiaFm432 = defineCodec({
  id: "fludia-fm432",
  version: 1,
  maker: "Fludia",
  name: "FM432e / ir / p / g",
  what: { en: "meter reader", fr: "lecteur de compteur" },
  uplink: {
    129: cases("kind", {
      electricity: { code: 0x69, fields: index },
      "head 6B": { code: 0x6b, fields: index },
      "head 6D": { code: 0x6d, fields: index },
      "head 6F": { code: 0x6f, fields: index },
      "head 76": { code: 0x76, fields: index },
      /** What stands where is not published. */
      parameters: { code: 0x6a, fields: { content: hex("rest") } },
    }),
  },
  verified: { uplinks: [129] },
  notCovered: [
    {
      en: "what one count is worth: it depends on head and meter, and is said of the asset",
      fr: "ce que vaut une impulsion : cela dépend de la tête et du compteur, et se dit de l’équipement",
    },
    { en: "which model sends the headers 6B, 6D, 6F and 76", fr: "quel modèle envoie les en-têtes 6B, 6D, 6F et 76" },
    {
      en: "the frame has no clock and its source no direction of time: increments are read as oldest first, the last ending when the frame was sent; whether the index is that of the first or the last step is not published, it is given the frame's own time",
      fr: "la trame n’a pas d’horloge et sa source pas de sens du temps : les incréments sont lus du plus ancien au plus récent, le dernier finissant à l’envoi de la trame ; si l’index est celui du premier ou du dernier pas n’est pas publié, il reçoit l’heure de la trame",
    },
    { en: "parameters (6A): kept as bytes", fr: "paramètres (6A) : gardés en octets" },
    {
      en: "downlinks (step, period): their bytes are not published",
      fr: "commandes (pas, période) : leurs octets ne sont pas publiés",
    },
  ],
});
