/** Why a command stands where it does, beyond the commonest reasons. */
export const reasonFr = {
  "reason.by": "Retirée par une personne.",
  "reason.held-by": "Un ordre plus fort tient l’équipement.",
  "reason.takeover-needs-reason": "Quelqu’un d’autre tient l’équipement : dites pourquoi vous le reprenez.",
  "reason.inferred": "Déduit : ChirpStack ne l’annonce pas.",
  "reason.keys-unusable": "Les clés scellées du boîtier ne s’ouvrent pas.",
  "reason.left-queue": "Disparue de la file de ChirpStack sans un mot.",
  "reason.no-word": "ChirpStack n’a rien dit.",
  "reason.unheard": "Coupé de son courtier MQTT, le boîtier n’a rien pu entendre.",
  "reason.no-consent": "La commune n’a pas donné son accord.",
  "reason.waits-for-consent": "Attend l’accord de la commune.",
  "reason.not-in-group": "La lampe n’est plus membre de ce groupe.",
  "reason.unknown-group": "Le boîtier ne connaît pas ce groupe.",
  "reason.too-late": "Trop tard : l’ordre était déjà parti.",
  "reason.asked-by-wrong-clock": "Demandé quand l’horloge du boîtier avançait : nul ne sait depuis quand.",
} as const;
