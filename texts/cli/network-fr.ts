/** `beffroi network`: ce que le serveur de réseau doit savoir, et y mettre. */
export const networkFr = {
  "command.network.plan.long":
    "Compare ce que le boîtier déclare (registre, modèles, clés, antennes, groupes) à ce qui est dans ChirpStack, et montre les étapes qui mèneraient de l’un à l’autre. Rien n’est modifié. Aucune clé n’est affichée.",
  "command.network.plan.example.here": "Voir ce qui reste à faire :",
  "command.network.plan.example.prune": "Tout voir, y compris ce qui serait retiré :",
  "command.network.apply.long":
    "Exécute le plan, par paquets, en laissant ChirpStack servir la radio entre deux. Interrompue, la même commande reprend où elle en était ; relancée, elle ne change rien. Si la base de ChirpStack est perdue, elle y remet client, applications, profils, antennes, appareils, clés et sessions ABP, et nomme les appareils qui doivent rejoindre le réseau.",
  "command.network.apply.example.here": "Inscrire tout ce que le registre connaît :",
  "command.network.apply.example.json": "Pour un script :",
  "command.network.status.long":
    "Compte les appareils inscrits et entendus, et nomme ceux qui demandent quelque chose : sans clé, à rejoindre, inscrits ailleurs.",
  "command.network.status.example.here": "Où en est-on ?",
  "command.network.status.example.json": "Pour un script :",
  "command.network.gateway.add.long":
    "Déclare une antenne : « network apply » l’inscrit dans ChirpStack, et l’y remettra si sa base est perdue. Celles que ChirpStack connaît déjà sont reprises toutes seules.",
  "command.network.gateway.add.id": "identifiant de l’antenne, 16 chiffres hexadécimaux (étiquette ou page web)",
  "command.network.gateway.add.name": "nom, par exemple le bâtiment qui la porte",
  "command.network.gateway.add.at": "latitude et longitude en degrés décimaux",
  "command.network.gateway.add.example.belfry": "L’antenne du clocher :",
  "command.network.group.add.long":
    "Déclare un groupe : une trame qui atteint tous ses membres d’un coup. Ses membres ont déjà son adresse et ses deux clés, données par leur fabricant ou à la mise en service ; le boîtier les garde scellées.",
  "command.network.group.add.name": "nom du groupe",
  "command.network.group.add.address": "adresse du groupe (McAddr), 8 chiffres hexadécimaux",
  "command.network.group.add.keys": "fichier de ses clés : McNwkSKey, puis McAppSKey, une par ligne",
  "command.network.group.add.device": "DevEUI de ses membres",
  "command.network.group.add.use": "usage dont l’application le porte",
  "command.network.group.add.example.street": "Deux lampes d’une rue :",
  "command.network.prune": "retirer aussi ce que le boîtier y avait mis et ne connaît plus",
  "command.network.all": "tout montrer, si long que ce soit",
  "network.waiting": "ChirpStack met du temps à répondre…",
  "network.survey": "Lecture de ChirpStack",
  "network.apply": "Inscription",
  "network.title": "Réseau LoRaWAN, client (tenant) « {tenant} »",
  "network.nothing": "rien",
  "network.nothing-to-do": "Tout est inscrit comme déclaré : rien à faire.",
  "network.sum":
    "Plan : {create} à créer (+), {update} à modifier (~), {remove} à retirer (-), {learn} à reprendre dans le boîtier (<) ; {unchanged} en place.",
  "network.more": "… et {n} autre ({kind}) ; --all montre tout || … et {n} autres ({kind}) ; --all montre tout",
  "network.to-apply": "Pour le faire : beffroi network apply",
  "network.done": "Fait : {n} étape sur {all}. || Fait : {n} étapes sur {all}.",
  "network.stopped": "Arrêté en route : {detail}",
  "network.status.devices":
    "{n} appareil déclaré, {standing} inscrit(s), {heard} entendu(s). || {n} appareils déclarés, {standing} inscrits, {heard} entendus.",
  "network.status.waiting":
    "{n} étape attend : « beffroi network plan » la montre. || {n} étapes attendent : « beffroi network plan » les montre.",
  "network.gateway-added": "Antenne {id} déclarée : {name}.",
  "network.group-added": "Groupe {name} déclaré, {n} membre. || Groupe {name} déclaré, {n} membres.",
  "network.two-keys": "il faut deux lignes de 32 chiffres hexadécimaux : McNwkSKey, puis McAppSKey",
  "network.kind.tenant": "client",
  "network.kind.application": "application",
  "network.kind.profile": "profil",
  "network.kind.lora-gateway": "antenne",
  "network.kind.device": "appareil",
  "network.kind.keys": "clés",
  "network.kind.session": "session ABP",
  "network.kind.group": "groupe",
  "network.kind.member": "membre",
  "network.remark.no-keys":
    "{n} appareil sans clé : il ne pourra pas rejoindre le réseau tant que sa clé n’est pas donnée. || {n} appareils sans clé : ils ne pourront pas rejoindre le réseau tant que leurs clés ne sont pas données.",
  "network.remark.elsewhere":
    "{n} appareil est inscrit dans une autre application : laissé où il est. || {n} appareils sont inscrits dans d’autres applications : laissés où ils sont.",
  "network.remark.not-declared":
    "{n} appareil dans ChirpStack que le registre ne connaît pas : laissé (--prune retire ce que le boîtier y avait mis). || {n} appareils dans ChirpStack que le registre ne connaît pas : laissés (--prune retire ce que le boîtier y avait mis).",
  "network.remark.unknown-model":
    "{n} appareil d’un modèle inconnu de ce boîtier : pas inscrit. || {n} appareils de modèles inconnus de ce boîtier : pas inscrits.",
  "network.remark.must-rejoin":
    "{n} appareil doit rejoindre le réseau : il le fera de lui-même s’il sait que la liaison est rompue, sinon redémarrez-le. || {n} appareils doivent rejoindre le réseau : ils le feront d’eux-mêmes s’ils savent que la liaison est rompue, sinon redémarrez-les.",
  "network.remark.session-guessed":
    "{n} session ABP sans compteurs gardés : elle commence à zéro, et l’appareil peut ignorer les ordres un temps. || {n} sessions ABP sans compteurs gardés : elles commencent à zéro, et les appareils peuvent ignorer les ordres un temps.",
  "fault.no-network-server": "Ce boîtier ne connaît pas de serveur de réseau.",
  "fault.no-network-server.means": "Sans l’API de ChirpStack, il ne peut rien y inscrire.",
  "fault.no-network-server.todo": "Ajoutez [chirpstack] avec api et api_key_file à beffroi.toml.",
  "fault.network-unreachable": "L’API de ChirpStack ne répond pas : {detail}",
  "fault.network-unreachable.means": "Rien n’a été inscrit. Le boîtier continue de recevoir et d’envoyer.",
  "fault.network-unreachable.todo": "Vérifiez que ChirpStack tourne et que chirpstack.api est son adresse [api] bind.",
  "fault.network-key-refused": "ChirpStack refuse la clé d’API : {detail}",
  "fault.network-key-refused.means":
    "Elle est fausse, en lecture seule, ou d’un client (tenant) que chirpstack.tenant_id ne nomme pas.",
  "fault.network-key-refused.todo":
    "Écrivez une clé globale (chirpstack -c DOSSIER create-api-key --name beffroi) dans le fichier de chirpstack.api_key_file, ou celle d’un client (tenant), nommé alors dans chirpstack.tenant_id.",
  "fault.network-key-file": "La clé d’API ne peut pas être lue : {detail}",
  "fault.network-key-file.means": "Sans elle, le boîtier ne peut rien inscrire dans ChirpStack.",
  "fault.network-key-file.todo":
    "Écrivez une clé d’API dans le fichier de chirpstack.api_key_file, lisible par le boîtier seul (mode 0600).",
  "fault.keys-unusable": "Les clés scellées ne s’ouvrent pas : {detail}",
  "fault.keys-unusable.means": "Rien n’a été inscrit. Les appareils déjà inscrits continuent.",
  "fault.keys-unusable.todo":
    "« beffroi doctor » dit où est la clé racine ; une copie avec phrase secrète la rend : beffroi restore.",
  "fault.network-busy": "Une inscription est déjà en cours.",
  "fault.network-busy.means": "Deux à la fois se contrediraient.",
  "fault.network-busy.todo": "Attendez qu’elle finisse, puis relancez la commande.",
  "fault.network-refused": "ChirpStack refuse : {detail}",
  "fault.network-refused.means": "Le plan n’a pas pu être fait.",
  "fault.network-refused.todo": "Le journal de ChirpStack en dit plus.",
  "fault.network-incomplete":
    "{n} étape sur {all} n’a pas pu être faite. || {n} étapes sur {all} n’ont pas pu être faites.",
  "fault.network-incomplete.means":
    "Les autres le sont. Les appareils concernés ne sont pas entendus, ou pas comme déclaré.",
  "fault.network-incomplete.todo":
    "Corrigez ce qui est dit ci-dessus, puis relancez : la commande reprend où elle en était.",
  "fault.wrong-address": "« {typed} » n’est pas une adresse LoRaWAN.",
  "fault.wrong-address.means": "DevAddr et McAddr ont 8 chiffres hexadécimaux.",
  "fault.wrong-address.todo": "Par exemple : --address 01a3b2c4",
  "status.network": "ChirpStack",
  "status.network-lost":
    "ne connaît plus {n} appareil qu’il faisait entendre || ne connaît plus {n} appareils qu’il faisait entendre",
  "status.network-lost.means":
    "Leurs messages se perdent avant le boîtier : sa base de données a été perdue, ou changée.",
  "status.network-lost.todo":
    "« beffroi network plan » montre ce qui manque, « beffroi network apply » le remet avec ses clés.",
  "doctor.network-lost":
    "ChirpStack ne connaît plus {n} appareil qu’il faisait entendre. || ChirpStack ne connaît plus {n} appareils qu’il faisait entendre.",
  "doctor.network-lost.means":
    "Sa base de données a été perdue ou changée : les messages de ces appareils n’arrivent plus.",
  "doctor.network-lost.todo":
    "Voyez « beffroi network plan », puis « beffroi network apply » : le boîtier remet tout, clés et sessions comprises, et nomme ceux qui doivent se rattacher.",
} as const;
