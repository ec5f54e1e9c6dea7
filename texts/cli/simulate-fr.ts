/** `beffroi simulate`: a simulated commune on a ChirpStack. */
export const simulateFr = {
  "command.simulate.long":
    "Met une commune simulée sur un ChirpStack 4 : une antenne virtuelle et des appareils inventés s’y inscrivent par son API, rejoignent le réseau par la radio simulée (eu868), font leurs relevés et obéissent aux ordres, jusqu’à Ctrl-C. Tout est fait dans un client (tenant) à part ; rien d’autre n’est touché.",
  "command.simulate.chirpstack": "viser un ChirpStack, le seul but possible dans cette version",
  "command.simulate.mqtt": "courtier MQTT de ses antennes et événements (sinon celui de cette machine)",
  "command.simulate.api": "son API gRPC (sinon 127.0.0.1:8080)",
  "command.simulate.key": "fichier d’une clé d’API globale, sur sa première ligne",
  "command.simulate.commune": "code INSEE de la commune à simuler (sinon 88383)",
  "command.simulate.devices": "nombre d’appareils, de 10 à 500 (sinon 20)",
  "command.simulate.every": "secondes entre deux relevés d’un appareil (sinon 60)",
  "command.simulate.minutes": "s’arrêter après tant de minutes (sinon à Ctrl-C)",
  "command.simulate.remove": "à la fin, retirer de ChirpStack tout ce qui y a été mis",
  "command.simulate.example.here": "Vingt appareils sur le ChirpStack de cette machine :",
  "command.simulate.example.load": "Une charge de 500 appareils pendant une heure, puis tout retirer :",
  "command.simulate.example.remove": "Retirer ce qu’un essai a laissé :",
  "simulate.begin": "Inscription de {n} appareils dans ChirpStack ({api})…",
  "simulate.ready":
    "Client {tenant} : antenne {gateway}, {n} appareils, dont {created} nouveaux. DevEUI, clés et mesures sont inventés.",
  "simulate.running": "Un relevé toutes les {every} s par appareil. Ctrl-C pour arrêter.",
  "simulate.counts":
    "{time}  {joined} sur {devices} ont rejoint · trames {sent}, publiées {published} · ordres {downlinks}",
  "simulate.stopping": "Arrêt demandé : la simulation se termine.",
  "simulate.left": "Ce qui a été mis dans ChirpStack y reste ; pour le retirer : {line}",
  "simulate.removed": "Retirés de ChirpStack : le client {tenant} et {n} appareils.",
  "simulate.nothing": "ChirpStack n’a pas de client {tenant} : rien à retirer.",
  "fault.unknown-commune": "Beffroi ne sait pas simuler la commune « {typed} ».",
  "fault.unknown-commune.means": "Les communes qu’il connaît : {communes}.",
  "fault.unknown-commune.todo": "Choisissez l’une d’elles, par exemple --commune 88383.",
  "fault.key-unreadable": "{file} ne donne pas de clé d’API : {detail}",
  "fault.key-unreadable.means": "Sans clé d’API, ChirpStack ne laisse rien inscrire.",
  "fault.key-unreadable.todo":
    "Créez-en une avec « chirpstack -c DOSSIER create-api-key --name beffroi » et écrivez-la sur la première ligne du fichier.",
  "fault.chirpstack-unreachable": "L’API de ChirpStack ne répond pas à {api}.",
  "fault.chirpstack-unreachable.means": "ChirpStack ne tourne pas, ou son API écoute ailleurs.",
  "fault.chirpstack-unreachable.todo": "Vérifiez [api] bind dans la configuration de ChirpStack, et --api.",
  "fault.chirpstack-key-refused": "ChirpStack ({api}) refuse la clé d’API.",
  "fault.chirpstack-key-refused.means":
    "Elle est fausse, en lecture seule, ou liée à un seul client ; ici il faut une clé globale.",
  "fault.chirpstack-key-refused.todo":
    "Créez-en une avec « chirpstack -c DOSSIER create-api-key --name beffroi » et écrivez-la dans {file}.",
  "fault.chirpstack-refused": "ChirpStack refuse : {detail}",
  "fault.chirpstack-refused.means": "Ce qui était à inscrire ne l’est pas entièrement.",
  "fault.chirpstack-refused.todo":
    "Voyez le journal de ChirpStack. « beffroi simulate --chirpstack --minutes 0 --remove » retire ce qui est déjà là.",
  "fault.simulated-id-taken": "Un identifiant simulé est déjà pris : {detail}",
  "fault.simulated-id-taken.means":
    "Il existe dans ce ChirpStack hors du client de la simulation. Rien de ce qui y est n’a été changé.",
  "fault.simulated-id-taken.todo": "Choisissez une autre commune avec --commune, ou un ChirpStack d’essai.",
  "fault.mqtt-unreachable": "Le courtier MQTT {url} ne répond pas.",
  "fault.mqtt-unreachable.means": "L’antenne virtuelle parle à ChirpStack par ce courtier.",
  "fault.mqtt-unreachable.todo": "Vérifiez qu’il tourne, et --mqtt.",
  "fault.wrong-broker": "« {typed} » n’est pas l’adresse d’un courtier MQTT.",
  "fault.wrong-broker.means": "L’adresse commence par l’un de : {schemes}.",
  "fault.wrong-broker.todo": "Par exemple : --mqtt mqtt://127.0.0.1:1883",
  "fault.simulation-unheard": "Aucun appareil n’a pu rejoindre le réseau.",
  "fault.simulation-unheard.means": "ChirpStack n’a répondu à aucune demande, ou sa réponse ne revient pas par {url}.",
  "fault.simulation-unheard.todo":
    "Vérifiez que ChirpStack a la région eu868 (topic_prefix « eu868 ») sur ce même courtier, et lisez son journal.",
} as const;
