/** `beffroi network group make` and `list`, and `beffroi cancel`. */
export const groupsFr = {
  "network.kind.group-gateway": "antenne de groupe",
  "command.network.group.make.long":
    "Forme un groupe de lampes dont le modèle sait en faire partie : le boîtier tire ses clés au hasard et les garde scellées, l’inscrit dans ChirpStack avec ses antennes, puis donne les clés à chaque lampe. Une lampe n’en fait partie que lorsqu’elle l’a confirmé elle-même ; jusque-là elle est servie seule. Le coût d’émission est dit d’abord ; recommencer reprend là où l’on s’était arrêté.",
  "command.network.group.make.name": "nom du groupe, une rue par exemple",
  "command.network.group.make.lamps": "lampes, comme lamp:88383:* ou une liste séparée par des virgules",
  "command.network.group.make.use": "usage dont l’application le porte",
  "command.network.group.make.within": "délai pour donner les clés (24h)",
  "command.network.group.make.yes": "donner les clés à beaucoup de lampes sans redemander",
  "command.network.group.make.example.street": "Toutes les lampes d’une commune ; le coût est dit d’abord :",
  "command.network.group.list.long":
    "Montre les groupes et ce que l’on sait de chaque lampe : pas encore demandée, demandée, confirmée par elle-même, ou manquante : on lui a donné les clés et elle n’a rien confirmé. Celle qui est sortie du groupe reste montrée tant qu’elle en a les clés. Les manquantes sont servies une par une, et le boîtier les redemande de lui-même, de plus en plus rarement, cinq fois ; « network group make » recommence.",
  "command.network.group.list.example": "Qui fait partie de quoi :",
  "group.declared": "Groupe {name} : {n} lampe déclarée. || Groupe {name} : {n} lampes déclarées.",
  "group.none-left": "Toutes les lampes du groupe {name} ont confirmé.",
  "group.refused.no-device": "{target} : aucun appareil ne la sert.",
  "group.refused.joins-no-group": "{target} : son modèle ne sait pas entrer dans un groupe.",
  "group.refused.not-ours":
    "Le groupe {target} a été déclaré avec ses propres clés (network group add) : le boîtier ne les donne à personne.",
  "group.none": "Aucun groupe.",
  "group.line": "{name} : {confirmed} sur {n} confirmées",
  "group.given": "{name} : {n} membres, qui avaient déjà les clés",
  "group.state.waits": "pas encore demandée",
  "group.state.asked": "demandée",
  "group.state.confirmed": "confirmée",
  "group.state.missing": "manquante",
  "group.state.left": "sortie, entend encore",
  "group.given-up": "manquante, plus redemandée",
  "status.groups": "Groupes",
  "status.without-keys":
    "{n} lampe n’a pas pris les clés de son groupe || {n} lampes n’ont pas pris les clés de leur groupe",
  "status.without-keys.means":
    "Le boîtier les leur a redonnées cinq fois, de plus en plus rarement ; elles sont servies une par une.",
  "status.without-keys.todo":
    "« beffroi network group list » les nomme. Vérifiez leur alimentation et leur réception, puis relancez « beffroi network group make ».",
  "command.network.group.leave": "sortir des lampes d’un groupe multicast",
  "command.network.group.leave.long":
    "Sort des lampes d’un groupe, sur le boîtier et dans ChirpStack. Une lampe sortie garde les clés qu’elle a reçues : elle entend encore le groupe, et une trame unique ne part plus que si elle est visée aussi ; les autres sont servies une par une. « network group renew » donne d’autres clés aux membres, et la lampe sortie n’entend plus rien. Une lampe mise au rebut, remplacée ou déplacée sort d’elle-même.",
  "command.network.group.leave.lamps": "lampes du groupe, comme lamp:88383:04* ou une liste séparée par des virgules",
  "command.network.group.leave.example.one": "Sortir une lampe :",
  "command.network.group.renew": "donner d’autres clés à un groupe multicast",
  "command.network.group.renew.long":
    "Tire d’autres clés et une autre adresse pour un groupe, les inscrit dans ChirpStack et les donne à chacun de ses membres. Qui en est sorti n’entend plus le groupe. Jusqu’à ce qu’une lampe ait confirmé, elle est servie seule. Le coût d’émission est dit d’abord ; « network group make » redemande à celles qui manquent.",
  "command.network.group.renew.example": "Après la sortie d’une lampe :",
  "group.left": "Groupe {name} : {n} lampe sortie. || Groupe {name} : {n} lampes sorties.",
  "group.still-hear":
    "{n} lampe en service entend encore le groupe sans en être un membre sûr : le groupe n’est servi d’une seule trame que si elle est visée aussi. Pour y remédier : beffroi network group renew {name} || {n} lampes en service entendent encore le groupe sans en être des membres sûrs : le groupe n’est servi d’une seule trame que si elles sont visées aussi. Pour y remédier : beffroi network group renew {name}",
  "group.renewed":
    "Groupe {name} : d’autres clés sont tirées, {n} lampe les attend. || Groupe {name} : d’autres clés sont tirées, {n} lampes les attendent.",
  "group.refused.not-in-group": "{target} : ne fait pas partie du groupe.",
  "group.column.asset": "lampe",
  "group.column.state": "état",
  "group.column.since": "depuis",
  "command.cancel.long":
    "Retire un ordre, ou tous ceux d’un ordre à beaucoup d’équipements, tant qu’ils attendent dans le boîtier. Ce qui est déjà chez ChirpStack ne se reprend pas : c’est dit.",
  "command.cancel.order": "numéro de l’ordre, ou de l’ordre à beaucoup",
  "command.cancel.example": "Retirer un ordre de la file :",
  "cancel.done": "Retiré : {n} ordre. || Retirés : {n} ordres.",
  "cancel.too-late": "{n} ordre était déjà parti ou terminé. || {n} ordres étaient déjà partis ou terminés.",
  "fault.group-empty": "Le groupe {name} n’a aucune lampe à qui donner ses clés.",
  "fault.group-empty.means":
    "Aucune des lampes nommées ne sait entrer dans un groupe, ou le groupe porte déjà d’autres clés.",
  "fault.group-empty.todo":
    "Le détail est au-dessus ; « beffroi device list » montre les modèles, « beffroi network group list » les groupes.",
  "fault.group-unknown": "Le boîtier ne connaît pas le groupe {name}.",
  "fault.group-unknown.means": "Aucun groupe ne porte ce nom ; rien n’a changé.",
  "fault.group-unknown.todo": "« beffroi network group list » montre les groupes.",
  "fault.group-not-ours": "Les clés du groupe {name} ne sont pas du boîtier.",
  "fault.group-not-ours.means":
    "Le groupe a été déclaré avec ses propres clés (network group add) : le boîtier ne peut pas en donner d’autres à ses lampes.",
  "fault.group-not-ours.todo": "Changez les clés dans les lampes, puis déclarez le groupe à nouveau.",
  "fault.group-left-by-none": "Aucune lampe n’est sortie du groupe {name}.",
  "fault.group-left-by-none.means": "Aucune de celles qui sont nommées n’en fait partie ; rien n’a changé.",
  "fault.group-left-by-none.todo": "« beffroi network group list » montre les membres.",
  "why.not-in-group": "la lampe n’est plus membre de ce groupe",
  "fault.too-late": "L’ordre {order} ne peut plus être retiré.",
  "fault.too-late.means": "Il est inconnu du boîtier, déjà confié à ChirpStack, qui ne rend rien, ou terminé.",
  "fault.too-late.todo":
    "« beffroi queue » montre ce qui attend encore ; un ordre contraire remplace celui qui est parti.",
  "command.hypervisor.send.long":
    "Donne un ordre aux équipements de plusieurs communes : ce qu’il coûte en émission est dit d’abord, d’après ce que la région sait des groupes ; beaucoup d’équipements demandent une confirmation. Chaque boîtier reçoit sa part, et peut encore exiger l’accord de sa commune. La main d’une personne sur place l’emporte.",
  "command.hypervisor.send.assets": "équipements, comme lamp:88383:* ou une liste séparée par des virgules",
  "command.hypervisor.send.example.commune": "Toutes les lampes d’une commune, pour deux heures :",
  "command.hypervisor.send.example.several": "Deux communes, sans redemander :",
  "command.hypervisor.mass.long":
    "Dit combien d’équipements en sont à quel état, et nomme ceux qui n’ont pas obéi, avec la raison. Le code de sortie dit si tous ont obéi.",
  "command.hypervisor.mass.order": "numéro de l’ordre à beaucoup",
  "command.hypervisor.mass.watch": "suivre jusqu’à ce que tous aient une issue",
  "command.hypervisor.mass.example": "Suivre un ordre jusqu’au bout :",
  "command.hypervisor.cancel.long":
    "Retire un ordre, ou un ordre à beaucoup : ce qu’aucun boîtier n’a encore reçu est annulé aussitôt ; pour le reste, les boîtiers sont priés de le reprendre, et l’issue de chaque ordre dit s’ils ont pu.",
  "command.hypervisor.cancel.reason": "motif, gardé dans le journal d’audit",
  "command.hypervisor.cancel.example": "Arrêter un ordre à beaucoup :",
  "command.hypervisor.audit.long":
    "Recalcule la chaîne du journal d’audit : qui a voulu quoi, quand et pourquoi. Une ligne changée, ôtée ou ajoutée se voit. Montre les dernières lignes.",
  "command.hypervisor.audit.example": "La chaîne est-elle entière ?",
  "send.many.questions":
    "Confirmation : {frames} lampes ne parleraient pas d’elles-mêmes à temps et sont interrogées une à une, {minutes} min au plus.",
  "audit.column.at": "quand",
  "audit.column.who": "qui",
  "audit.column.what": "quoi",
  "audit.column.about": "au sujet de",
  "mass.progress": "{size} équipements : {states}",
  "mass.column.why": "raison",
  "cancel.asked":
    "{n} ordre est chez son boîtier, prié de le reprendre. || {n} ordres sont chez leurs boîtiers, priés de les reprendre.",
  "cancel.over": "{n} ordre était déjà terminé. || {n} ordres étaient déjà terminés.",
  "why.too-late": "trop tard",
  "fault.order-unknown": "Aucun modèle ne connaît l’ordre « {name} ».{suggestion}",
  "fault.order-unknown.means": "Les ordres connus : {orders}.",
  "fault.order-unknown.todo":
    "« beffroi codec list » montre les modèles, « beffroi codec show MODÈLE » les ordres de chacun.",
  "fault.mass-unconfirmed": "Rien n’est parti.",
  "fault.mass-unconfirmed.means": "Un ordre à tant d’équipements ({assets}) demande une confirmation.",
  "fault.mass-unconfirmed.todo": "Si c’est bien ce qu’il faut, recommencez avec --yes.",
  "fault.mass-nobody": "Rien n’est parti.",
  "fault.mass-nobody.means": "Aucun des équipements nommés ne peut recevoir cet ordre.",
  "fault.mass-nobody.todo": "Le détail est au-dessus.",
  "fault.mass-not-whole": "{n} équipement sur {all} n’a pas obéi. || {n} équipements sur {all} n’ont pas obéi.",
  "fault.mass-not-whole.means": "L’ordre est terminé ; ceux-là sont nommés au-dessus, avec la raison.",
  "fault.mass-not-whole.todo": "Vérifiez ces équipements, puis redonnez-leur l’ordre.",
  "why.unknown-group": "ce groupe n’est pas connu du boîtier",
  "why.keys-unusable": "les clés scellées du boîtier ne s’ouvrent pas",
} as const;
