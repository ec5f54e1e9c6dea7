/** Until when a box may speak to its region. */
export const identityFr = {
  "identity.title": "Certificat du boîtier",
  "identity.until": "Jusqu’au {date}, renouvelé de lui-même",
  "identity.near": "Finit le {date} et ne se renouvelle pas : voir « beffroi doctor » sur le boîtier",
  "identity.ended": "Fini depuis le {date} : le boîtier le renouvelle dès qu’il joint la région",
} as const;
