/** `beffroi enroll`, `beffroi hypervisor box …`. */
export const enrolFr = {
  "command.hypervisor.box.name": "nom du boîtier",
  "command.hypervisor.box.add.long":
    "Inscrit un boîtier et crée son code, qui sert une seule fois. Le code se dicte au téléphone ; le billet et le QR code contiennent aussi l’adresse et l’empreinte de l’autorité de l’hyperviseur. Sur le boîtier, « beffroi enroll » en fait un certificat ; la clé privée ne quitte jamais le boîtier. Refaire cette commande pour un boîtier connu crée un nouveau code et annule le précédent.",
  "command.hypervisor.box.add.name": "nom du boîtier (sinon celui de la première commune)",
  "command.hypervisor.box.add.commune": "codes INSEE des communes qu’il sert",
  "command.hypervisor.box.add.valid": "durée de validité du code (24h par défaut)",
  "command.hypervisor.box.add.url": "adresse de l’hyperviseur, comme la voit le boîtier",
  "command.hypervisor.box.add.example.one": "Un boîtier pour Remiremont :",
  "command.hypervisor.box.add.example.two": "Un boîtier pour deux communes, l’installateur est sur place :",
  "command.hypervisor.box.add.done": "Code d’inscription du boîtier {box} ({communes}) :",
  "command.hypervisor.box.add.until":
    "Valable une fois, jusqu’au {until}. Il n’est gardé nulle part : notez-le, ou refaites la commande.",
  "command.hypervisor.box.add.at-the-box": "Sur le boîtier (au téléphone, dictez le code et l’adresse) :",
  "command.hypervisor.box.add.ticket": "Ou tout en un, à copier ou à lire dans le QR code :",
  "command.hypervisor.box.add.no-address":
    "L’hyperviseur ne tourne pas : remplacez l’adresse par la sienne, et lancez-le avant d’inscrire le boîtier.",
  "command.hypervisor.box.add.fingerprint": "Empreinte de l’autorité (SHA-256) : {pin}",
  "command.hypervisor.box.revoke.long":
    "Révoque un boîtier volé, perdu ou retiré : ses liaisons ouvertes sont coupées, ses certificats et son code refusés, sur toutes les instances de l’hyperviseur. Ses données restent. Il ne revient qu’avec un nouveau code.",
  "command.hypervisor.box.revoke.yes": "confirmer",
  "command.hypervisor.box.revoke.example": "Un boîtier volé :",
  "command.hypervisor.box.revoke.done": "Le boîtier {box} est révoqué : la région n’entend plus rien de lui.",
  "command.hypervisor.box.revoke.back": "S’il doit revenir : beffroi hypervisor box add {box} --commune …",
  "command.hypervisor.box.list.long":
    "Liste les boîtiers que l’hyperviseur connaît, ceux qui sont révoqués compris : jusqu’à quand vaut le certificat, quel code attend d’être utilisé, depuis quand le boîtier se tait.",
  "command.hypervisor.box.list.example": "Tous les boîtiers :",
  "command.hypervisor.box.list.none": "Aucun boîtier. Pour en inscrire un : beffroi hypervisor box add --commune 88383",
  "column.box": "boîtier",
  "column.box.communes": "communes",
  "column.box.identity": "identité",
  "column.box.heard": "entendu il y a",
  "box.identity.enrolled": "certificat jusqu’au {date}",
  "box.identity.ended": "certificat fini le {date}",
  "box.identity.invited": "code jusqu’au {date}",
  "box.identity.added": "ni code ni certificat{date}",
  "box.identity.revoked": "révoqué le {date}",
  "fault.revocation-unconfirmed": "Rien n’a été fait : révoquer {box} demande --yes.",
  "fault.revocation-unconfirmed.means":
    "La région n’entendra plus rien de ce boîtier, et il faudra aller sur place pour le réinscrire.",
  "fault.revocation-unconfirmed.todo": "Recommencez avec --yes si c’est bien ce boîtier.",

  "command.enroll.long":
    "Fait la clé de ce boîtier, vérifie que l’hyperviseur est bien celui du code, en reçoit un certificat, et écrit le tout dans le dossier des données et dans beffroi.toml. La clé ne quitte pas le boîtier. Interrompue, la commande se refait telle quelle. Ensuite le boîtier renouvelle son certificat lui-même.",
  "command.enroll.code": "code de la région (16 signes), ou billet BEFFROI1:…",
  "command.enroll.hypervisor": "adresse de l’hyperviseur (le billet la contient)",
  "command.enroll.force": "remplacer l’inscription actuelle de ce boîtier",
  "command.enroll.example.code": "Avec un code dicté au téléphone :",
  "command.enroll.example.ticket": "Avec le billet, copié ou lu dans le QR code :",
  "command.enroll.example.again": "Inscrire à nouveau, par exemple après une révocation :",
  "command.enroll.done": "Inscrit : boîtier {box}, communes {communes}.",
  "command.enroll.region": "Région : {url}",
  "command.enroll.fingerprint": "Son autorité, prouvée par le code : {pin}",
  "command.enroll.until": "Certificat valable jusqu’au {date} ; le boîtier le renouvelle lui-même.",
  "command.enroll.identity": "Clé et certificat : {file}",
  "command.enroll.config.new": "Configuration écrite : {file}",
  "command.enroll.config.section": "[hypervisor] ajouté à {file}",
  "command.enroll.config.line": "hypervisor.url changé dans {file}",
  "command.enroll.next": "Ensuite : beffroi doctor, puis beffroi gateway.",
  "command.enroll.restart": "Relancez le boîtier pour qu’il s’en serve : systemctl restart beffroi-gateway.",
  "code.length": "il a 16 signes, en quatre groupes de quatre",
  "code.sign": "il n’a que des chiffres et des lettres, sans U",
  "code.check": "une lettre ou un chiffre est faux, ou deux sont inversés",
  "config.fault.not-enrolled": "Ce boîtier n’est pas inscrit auprès de sa région : {file} manque (beffroi enroll CODE)",
  "fault.wrong-code": "Ce code est mal recopié : {reason}.",
  "fault.wrong-code.means": "Rien n’a été envoyé, le code vaut toujours.",
  "fault.wrong-code.todo": "Relisez-le, par exemple 7K3M-Q9TA-XW42-0D86.",
  "fault.wrong-hypervisor": "« {typed} » n’est pas l’adresse d’un hyperviseur.",
  "fault.wrong-hypervisor.means": "Un boîtier ne parle à sa région que par https.",
  "fault.wrong-hypervisor.todo": "Écrivez-la ainsi : https://region.example.org:8443",
  "fault.already-enrolled": "Ce boîtier est déjà inscrit : {box}, certificat jusqu’au {until} ({file}).",
  "fault.already-enrolled.means":
    "Rien n’a été fait, le code n’a pas servi. Une nouvelle inscription remplacerait celle-ci, qui ne vaudrait plus.",
  "fault.already-enrolled.todo": "Pour renouveler, rien à faire. Pour remplacer : recommencez avec --force.",
  "fault.box-named-otherwise": "Le code est celui du boîtier {box}, mais {file} nomme celui-ci {found}.",
  "fault.box-named-otherwise.means": "Rien n’a été fait, le code n’a pas servi.",
  "fault.box-named-otherwise.todo":
    "Corrigez [box] name, ou demandez à la région un code pour {found} : beffroi hypervisor box add {found} --commune …",
  "fault.box-of-other-communes": "Le code vaut pour {communes}, mais ce boîtier a des équipements à {found}.",
  "fault.box-of-other-communes.means":
    "Rien n’a été fait, le code n’a pas servi. La région mettrait de côté tout ce que ce boîtier dit de {found}.",
  "fault.box-of-other-communes.todo":
    "Demandez à la région un code pour toutes les communes de ce boîtier : beffroi hypervisor box add NOM --commune …",
  "fault.region-otherwise": "{file} nomme une autre région : {found}, et non {url}.",
  "fault.region-otherwise.means": "Rien n’a été fait, le code n’a pas servi.",
  "fault.region-otherwise.todo": "Si la région a changé, recommencez avec --force ; sinon, corrigez --hypervisor.",
  "fault.region-silent": "L’hyperviseur ne répond pas à {url} : {detail}",
  "fault.region-silent.means": "Le boîtier n’est pas inscrit. Le code vaut toujours.",
  "fault.region-silent.todo": "Vérifiez l’adresse, la fibre et le pare-feu, puis refaites la même commande.",
  "fault.region-not-understood": "Ce qui répond à {url} n’est pas un hyperviseur : {detail}",
  "fault.region-not-understood.means": "Le boîtier n’est pas inscrit. Le code vaut toujours.",
  "fault.region-not-understood.todo":
    "Vérifiez l’adresse et le port (8443 par défaut), et qu’aucun portail ou proxy ne s’interpose.",
  "fault.region-not-proved": "Ce qui répond à {url} ne connaît pas ce code : {detail}",
  "fault.region-not-proved.means":
    "Quelqu’un s’interpose peut-être, ou c’est une autre région. Le code n’a pas été envoyé, rien n’est changé ici.",
  "fault.region-not-proved.todo": "Vérifiez l’adresse avec la région, puis la ligne. N’insistez pas.",
  "fault.region-other-authority": "Ce qui répond à {url} n’est pas la région du billet : {detail}",
  "fault.region-other-authority.means":
    "Quelqu’un s’interpose peut-être, ou c’est une autre région. Le code n’a pas été envoyé, rien n’est changé ici.",
  "fault.region-other-authority.todo":
    "Comparez l’empreinte avec la région par téléphone. Si elle diffère, n’insistez pas.",
  "fault.region-certificate": "Le certificat de {url} ne convient pas : {detail}",
  "fault.region-certificate.means": "Rien n’a été envoyé : ni le code, ni la demande. Le code vaut toujours.",
  "fault.region-certificate.todo":
    "server-name : prenez l’adresse que l’hyperviseur connaît (--host). server-ended : vérifiez l’horloge (timedatectl). server-unknown : quelqu’un s’interpose.",
  "fault.enrolment-refused": "La région refuse : {message}.",
  "fault.enrolment-refused.means": "Le boîtier n’est pas inscrit, rien n’est changé ici.",
  "fault.enrolment-refused.todo": "{remedy}",
  "status.refusal.locked":
    "La région refuse ce boîtier : deux boîtiers portent son nom. Quelqu’un doit trancher à la région (« beffroi hypervisor incident list »). Rien n’est perdu : tout attend ici.",
  "status.refusal.incident":
    "L’incident de ce boîtier y porte le numéro {incident} : « beffroi hypervisor incident show {incident} ».",
  "status.refusal.another-history":
    "La région détient une autre histoire de ce boîtier : disque copié, ou ancienne image. Quelqu’un doit trancher à la région (« beffroi hypervisor incident list »). Rien n’est perdu : tout attend ici.",
  "status.refusal.region-ahead":
    "La région détient des entrées que ce boîtier n’a plus : il a sans doute été remis d’après une ancienne image. Quelqu’un doit trancher à la région (« beffroi hypervisor incident list »). Tout attend ici.",
  "status.refusal.replaced":
    "Un autre boîtier a pris la place de celui-ci : plus rien ne part d’ici. Arrêtez-le, ou inscrivez-le sous un autre nom (« beffroi enroll »).",
  "status.refusal.refused":
    "La région ne comprend pas ce que ce boîtier envoie : leurs versions sont sans doute trop éloignées. Rien n’est perdu : tout attend ici.",
  "status.refusal.entry-too-large": "Une entrée est trop grande pour la région ; elle et la suite attendent ici.",
  "status.refusal.journal": "Le journal ne se lit pas : voir « beffroi journal verify ».",
  "status.certificate": "Certificat jusqu’au {date}",
  "status.certificate-near": "Le certificat finit le {date} et n’est pas renouvelé : {why}",
  "status.certificate-ended": "Le certificat est fini depuis le {date} : {why}",
  "status.certificate-why-unknown": "la région n’a pas encore répondu",
} as const;
