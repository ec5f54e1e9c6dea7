/** `beffroi doctor` : le Redis de ChirpStack, où le boîtier retrouve ce qu’une panne lui a pris. */
export const doctorRedisFr = {
  "doctor.redis-well":
    "Redis garde le dernier message de ChirpStack, de {time} ({url}). || Redis garde les {n} derniers messages de ChirpStack, depuis {time} ({url}).",
  "doctor.redis-empty": "Redis répond ({url}), mais ChirpStack n’y a rien écrit.",
  "doctor.redis-empty.means": "Après une panne du courtier, rien ne pourrait être retrouvé ici.",
  "doctor.redis-empty.todo":
    "Vérifiez que c’est le Redis de ChirpStack ([redis] servers dans chirpstack.toml, sans key_prefix), numéro de base compris.",
  "doctor.redis-short":
    "Redis ne garde qu’un message de ChirpStack, de {time} ({url}). || Redis ne garde que {n} messages de ChirpStack, depuis {time} ({url}).",
  "doctor.redis-short.means": "D’une panne du courtier qui dure plus longtemps, tout ne serait pas retrouvé.",
  "doctor.redis-short.todo":
    "Dans chirpstack.toml, [monitoring], mettez device_event_log_max_history = 100000 et per_device_event_log_max_history = 100, puis redémarrez ChirpStack. Une limite qu’on vient de relever se remplit avec le temps.",
  "doctor.redis-refused": "Redis refuse le boîtier ({url}) : {detail}",
  "doctor.redis-refused.means":
    "Ce qu’une panne du courtier a pris est demandé à l’API de ChirpStack, appareil par appareil : on retrouve moins.",
  "doctor.redis-refused.todo":
    "Vérifiez redis.username et le mot de passe dans redis.password_file ; il faut pouvoir lire (XRANGE, XREVRANGE, XLEN, TIME).",
  "doctor.redis-unreachable": "Redis ne répond pas ({url}) : {detail}",
  "doctor.redis-unreachable.means":
    "Ce qu’une panne du courtier a pris est demandé à l’API de ChirpStack, appareil par appareil : on retrouve moins.",
  "doctor.redis-unreachable.todo": "Vérifiez que Redis tourne et que redis.url est son adresse.",
  "doctor.redis-file-unreadable": "Un fichier de [redis] ne se lit pas : {detail}",
  "doctor.redis-file-unreadable.means": "Le boîtier ne peut pas se présenter à Redis.",
  "doctor.redis-file-unreadable.todo": "Corrigez redis.password_file ou redis.ca, lisibles par le boîtier (mode 0600).",
  "doctor.redis-password-exposed": "Le mot de passe de Redis peut être lu par d’autres : {file}.",
  "doctor.redis-password-exposed.means": "Qui l’a copié peut lire les messages de tous les appareils.",
  "doctor.redis-password-exposed.todo": "chmod 600 {file}, puis changez ce mot de passe dans Redis.",
} as const;
