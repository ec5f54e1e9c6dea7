/** `beffroi journal …`, and what `beffroi status` says of the disk. */
export const journalFr = {
  "status.disk.shedding":
    "place comptée : ce que la région a déjà est retiré, puis les anciens relevés sont allégés, puis retirés",
  "status.disk.slow": "le disque est lent : chaque écriture prend plus d’une seconde",
  "status.disk.full":
    "le disque est plein : plus rien ne s’écrit ; le courtier garde ce qui arrive, les ordres partent. Libérez de la place, la reprise est automatique",
  "status.disk.read-only":
    "le disque est en lecture seule : plus rien ne s’écrit ; le courtier garde ce qui arrive, les ordres partent",
  "status.disk.failing":
    "le disque est en panne : plus rien ne s’écrit ; le courtier garde ce qui arrive, les ordres partent. Remplacez-le",
  "closed.disk-full": "le disque est plein",
  "closed.disk-full.todo": "Libérez de la place sur ce disque.",
  "closed.disk-read-only": "le système de fichiers ne peut être écrit",
  "closed.disk-read-only.todo":
    "Montez-le s’il ne l’est pas encore, ou remontez-le en écriture ; après une erreur du disque, faites-le vérifier (fsck).",
  "closed.disk-failing": "le disque rend des erreurs",
  "closed.disk-failing.todo": "Vérifiez le disque et son montage ; remplacez-le s’il est en panne.",
  "closed.disk-absent": "son disque n’est pas monté",
  "closed.disk-absent.todo": "Montez-le. S’il n’est plus voulu, retirez sa ligne de /etc/fstab.",
  "status.held":
    "{n} entrée attend en mémoire que le disque s’écrive || {n} entrées attendent en mémoire que le disque s’écrive",
  "status.lost": "perdus : {thinned} relevés allégés, {dropped} retirés, {damaged} illisibles",
  "command.journal.verify.long":
    "Relit chaque entrée du fichier, vérifie sa somme de contrôle, sa place et la chaîne des empreintes, que le boîtier tourne ou non. Ne change rien. Code de sortie 1 s’il manque quelque chose qu’aucune perte n’explique.",
  "command.journal.verify.example.here": "Vérifier le journal du boîtier de cette machine :",
  "command.journal.verify.example.json": "Pour un script :",
  "journal.verify.reading": "Vérification",
  "journal.verify.whole": "{n} entrée entière || {n} entrées entières",
  "journal.verify.range": "de {first} à {last}",
  "journal.verify.declared": "{n} entrée perdue et déclarée || {n} entrées perdues et déclarées",
  "journal.verify.sound": "Tout se tient : sommes de contrôle, numéros et chaîne des empreintes.",
  "journal.verify.damaged": "illisible : {from} à {to}",
  "journal.verify.missing": "manque sans perte déclarée : {from} à {to}",
  "journal.verify.unreadable": "page endommagée : {from} à {to}",
  "journal.verify.another-history": "une autre histoire commence à {from}",
  "journal.verify.means":
    "Le boîtier déclare ces pertes de lui-même : à chaud ce qu’il lit, sinon à son prochain démarrage, où il rebâtit un fichier avec tout ce qui se lit.",
  "command.journal.status.long":
    "Dit la place que prend le journal, les jours qu’il peut tenir sans la région, ce qui a été perdu, et ce que chaque délai d’écriture coûte à la carte mémoire.",
  "command.journal.status.tbw": "endurance de la carte en To écrits, selon son fabricant (sinon 10)",
  "command.journal.status.example.here": "L’état du journal de cette machine :",
  "command.journal.status.example.card": "Avec l’endurance annoncée d’une carte :",
  "journal.status.space": "Place",
  "journal.status.space-of": "{used} utilisés sur {limit}, {free} libres sur le disque",
  "journal.status.autonomy": "Autonomie",
  "journal.status.autonomy-days":
    "{n} jour sans la région avant d’alléger quoi que ce soit || {n} jours sans la région avant d’alléger quoi que ce soit",
  "journal.status.autonomy-unknown": "connue après une heure de relevés",
  "journal.status.waiting": "À transmettre",
  "journal.status.lost": "Perdus",
  "journal.status.nothing": "rien",
  "journal.status.disk": "Disque",
  "journal.status.disk-ok": "tout s’écrit",
  "journal.status.file-system": "Système de fichiers",
  "journal.status.file-system.ext4":
    "ext4 : la moitié des écritures est son propre journal ; XFS use la carte deux fois moins",
  "journal.status.file-system.xfs": "XFS",
  "journal.status.file-system.btrfs":
    "Btrfs : il multiplie les écritures ; déplacez le dossier de données sur XFS ou ext4",
  "journal.status.on.ext4": "ext4",
  "journal.status.on.xfs": "XFS",
  "journal.status.wear":
    "Usure à un relevé par seconde (mesurée au compteur de la carte, système de fichiers compris), pour une carte de {tbw} To écrits :",
  "journal.status.delay": "délai",
  "journal.status.daily": "{on}, par jour",
  "journal.status.years": "durée de vie",
  "journal.status.years-of": "{n} an || {n} ans",
  "command.journal.export.long":
    "Écrit chaque entrée du journal en JSON, dans l’ordre des numéros, heures corrigées quand l’horloge a été connue après coup. Lit le fichier, que le boîtier tourne ou non.",
  "command.journal.export.from": "première entrée : son numéro, ou une heure (2026-03-01, 2026-03-01T06:00, -24h)",
  "command.journal.export.to": "dernière entrée : son numéro, ou une heure",
  "command.journal.export.output": "écrire dans un fichier plutôt qu’à l’écran",
  "command.journal.export.example.all": "Tout le journal dans un fichier :",
  "command.journal.export.example.part": "Les entrées 1000 à 2000 :",
  "command.journal.export.example.time": "Ce qui a été écrit un matin, même si l’horloge a sauté :",
  "journal.export.none": "Aucune entrée à cet endroit : le journal garde les entrées {first} à {last}.",
  "journal.export.empty": "Le journal ne garde aucune entrée.",
  "journal.export.writing": "Export",
  "journal.export.done": "{n} entrée écrite dans {file}. || {n} entrées écrites dans {file}.",
  "command.journal.redecode.long":
    "Relit, que le boîtier tourne ou non, les trames gardées des appareils d’un modèle, et montre ce qui serait lu autrement. Après confirmation chaque relevé corrigé devient une nouvelle entrée du journal, qui nomme l’ancienne ; l’ancienne ne change pas. La région montre la valeur corrigée et le dit. Relancé, il ne trouve plus rien. Une trame que le décodeur ne sait plus lire garde son relevé.",
  "command.journal.redecode.from": "première entrée (numéro), ou jour de réception AAAA-MM-JJ (UTC)",
  "command.journal.redecode.model": "modèle des appareils concernés",
  "command.journal.redecode.dry-run": "montrer les différences, ne rien écrire",
  "command.journal.redecode.yes": "écrire sans demander",
  "command.journal.redecode.example.look": "Voir ce qui changerait depuis un jour :",
  "command.journal.redecode.example.write": "Corriger tout ce que le journal garde, sans question :",
  "journal.redecode.reading": "Relecture",
  "journal.redecode.writing": "Corrections",
  "journal.redecode.elsewhere": "autre heure, autre passé ou autre défaut",
  "journal.redecode.more": "… et {n} autre || … et {n} autres",
  "journal.redecode.sum": "{n} trame relue, à corriger : {changed} || {n} trames relues, à corriger : {changed}",
  "journal.redecode.worse":
    "{n} relevé que le décodeur ne sait plus lire reste tel quel || {n} relevés que le décodeur ne sait plus lire restent tels quels",
  "journal.redecode.ask": "Écrire {n} correction ? [o/N] || Écrire {n} corrections ? [o/N]",
  "journal.redecode.written": "{n} correction écrite || {n} corrections écrites",
  "box-at-rest.rebuilt":
    "Le fichier {file} était endommagé ; il a été rebâti avec tout ce qui se lit. On sait perdue {n} entrée. || Le fichier {file} était endommagé ; il a été rebâti avec tout ce qui se lit. On sait perdues {n} entrées.",
  "journal.redecode.untouched": "Rien n’a été écrit.",
  "fault.redecode-from": "« {typed} » n’est ni un numéro d’entrée ni un jour AAAA-MM-JJ.",
  "fault.redecode-from.means": "--from dit où commence la relecture.",
  "fault.redecode-from.todo": "Par exemple --from 1 pour tout le journal, ou --from 2026-03-01.",
  "fault.redecode-unconfirmed":
    "{n} correction attend une confirmation. || {n} corrections attendent une confirmation.",
  "fault.redecode-unconfirmed.means": "Personne ne peut répondre ici : rien n’a été écrit.",
  "fault.redecode-unconfirmed.todo": "Relisez les différences ci-dessus, puis relancez avec --yes.",
  "fault.journal-unreadable": "Le journal {file} ne s’ouvre pas : {detail}",
  "fault.journal-unreadable.means": "Le fichier manque, n’est pas à vous, ou ses premières pages sont endommagées.",
  "fault.journal-unreadable.todo":
    "Vérifiez --data. Si le fichier est endommagé, démarrez le boîtier : il le rebâtit avec tout ce qui se lit et déclare le reste.",
  "fault.journal-newer": "Le journal {file} vient d’une version plus récente que ce programme : {detail}",
  "fault.journal-newer.means":
    "Ses tables ne sont pas toutes connues ici ; rien n’a été lu ni changé. Un journal d’une version antérieure, lui, se lit tel quel.",
  "fault.journal-newer.todo":
    "Relancez la commande avec la version de Beffroi qui fait tourner ce boîtier, ou une plus récente.",
  "fault.journal-damaged": "Une page du journal {file} est endommagée : {detail}",
  "fault.journal-damaged.means":
    "La lecture s’arrête là ; ce qui est déjà affiché ou écrit est juste, mais pas complet.",
  "fault.journal-damaged.todo":
    "Démarrez le boîtier : il rebâtit le fichier avec tout ce qui se lit et déclare ce qui manque. Puis recommencez.",
  "fault.wrong-way-round": "--from {from} vient après --to {to}.",
  "fault.wrong-way-round.means": "Rien ne peut se trouver entre les deux.",
  "fault.wrong-way-round.todo": "Échangez les deux valeurs.",
  "fault.journal-unsound": "Le journal n’est pas entier.",
  "fault.journal-unsound.means": "Des entrées manquent ou ne se lisent plus, sans perte déclarée.",
  "fault.journal-unsound.todo": "Laissez tourner ou redémarrez le boîtier : il les déclare, ici et à la région.",
} as const;
