/** Refusals at the boxes' door: codes, certificates. */
export const enrolmentFr = {
  "box-revoked": "Le boîtier {box} est révoqué",
  "box-revoked.remedy":
    "S’il doit revenir, la région lui fait un nouveau code : « beffroi hypervisor box add {box} --commune … ».",
  "certificate-missing": "La demande pour {box} est venue sans certificat",
  "certificate-missing.remedy": "Un boîtier s’inscrit d’abord : « beffroi enroll CODE ».",
  "certificate-ended": "Le certificat du boîtier {box} est fini depuis le {at}",
  "certificate-ended.remedy":
    "Le boîtier le renouvelle lui-même, jusqu’à deux ans après sa fin. Au-delà : un nouveau code.",
  "certificate-replaced":
    "Le certificat du boîtier {box} ne vaut plus : il a été inscrit à nouveau, ou révoqué, depuis",
  "certificate-replaced.remedy":
    "Si ce boîtier-ci est le bon, la région lui fait un nouveau code : « beffroi hypervisor box add ».",
  "request-unsigned": "La demande de certificat ne convient pas : {reason}",
  "request-unsigned.remedy": "Elle doit être signée par sa propre clé, de type P-256. Mettez le boîtier à jour.",
  "code-unknown": "La région ne connaît pas ce code",
  "code-unknown.remedy": "Relisez-le, ou demandez-en un autre : un nouveau code annule le précédent.",
  "code-ended": "Ce code a expiré ({at})",
  "code-ended.remedy": "Demandez-en un autre à la région : « beffroi hypervisor box add ».",
  "code-used": "Ce code a déjà servi",
  "code-used.remedy":
    "Demandez-en un autre. Si personne de chez vous ne s’en est servi, révoquez le boîtier : un inconnu l’a lu.",
  "too-many-attempts": "Trop d’essais manqués depuis cette adresse",
  "too-many-attempts.remedy": "Recommencez dans {seconds} secondes.",
} as const;
