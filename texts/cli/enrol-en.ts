import type { SameKeys } from "../catalogue.ts";
import type { enrolFr } from "./enrol-fr.ts";

export const enrolEn: SameKeys<typeof enrolFr> = {
  "command.hypervisor.box.name": "name of the box",
  "command.hypervisor.box.add.long":
    "Enters a box and makes its code, which serves once. The code can be read over the telephone; the ticket and the QR code also hold the address and the fingerprint of the hypervisor’s authority. At the box, ‘beffroi enroll’ makes a certificate of it; the private key never leaves the box. The same again for a known box makes a new code and cancels the one before.",
  "command.hypervisor.box.add.name": "name of the box (else that of the first commune)",
  "command.hypervisor.box.add.commune": "INSEE codes of the communes it serves",
  "command.hypervisor.box.add.valid": "how long the code is valid (24h by default)",
  "command.hypervisor.box.add.url": "address of the hypervisor as the box sees it",
  "command.hypervisor.box.add.example.one": "A box for Remiremont:",
  "command.hypervisor.box.add.example.two": "A box for two communes, the installer is there:",
  "command.hypervisor.box.add.done": "Enrolment code of the box {box} ({communes}):",
  "command.hypervisor.box.add.until":
    "Valid once, until {until}. It is kept nowhere: note it, or run the command again.",
  "command.hypervisor.box.add.at-the-box": "At the box (by telephone, read out the code and the address):",
  "command.hypervisor.box.add.ticket": "Or all in one, to copy or to read from the QR code:",
  "command.hypervisor.box.add.no-address":
    "The hypervisor does not run: put its address in place, and start it before the box enrols.",
  "command.hypervisor.box.add.fingerprint": "Fingerprint of the authority (SHA-256): {pin}",
  "command.hypervisor.box.revoke.long":
    "Revokes a box that is stolen, lost or retired: its open connections are cut, its certificates and its code refused, at every replica of the hypervisor. Its data stays. It comes back with a new code only.",
  "command.hypervisor.box.revoke.yes": "confirm",
  "command.hypervisor.box.revoke.example": "A stolen box:",
  "command.hypervisor.box.revoke.done": "The box {box} is revoked: the region hears nothing more of it.",
  "command.hypervisor.box.revoke.back": "If it is to come back: beffroi hypervisor box add {box} --commune …",
  "command.hypervisor.box.list.long":
    "Lists the boxes the hypervisor knows, revoked ones included: until when the certificate is valid, which code waits to be used, how long the box has been silent.",
  "command.hypervisor.box.list.example": "All boxes:",
  "command.hypervisor.box.list.none": "No boxes. To enter one: beffroi hypervisor box add --commune 88383",
  "column.box": "box",
  "column.box.communes": "communes",
  "column.box.identity": "identity",
  "column.box.heard": "heard ago",
  "box.identity.enrolled": "certificate until {date}",
  "box.identity.ended": "certificate ended {date}",
  "box.identity.invited": "code until {date}",
  "box.identity.added": "neither code nor certificate{date}",
  "box.identity.revoked": "revoked {date}",
  "fault.revocation-unconfirmed": "Nothing was done: revoking {box} asks for --yes.",
  "fault.revocation-unconfirmed.means":
    "The region will hear nothing more of this box, and somebody must go there to enrol it again.",
  "fault.revocation-unconfirmed.todo": "Run it again with --yes if it is this box.",

  "command.enroll.long":
    "Makes this box’s key, proves that the hypervisor is the code’s own, receives a certificate, and writes it all into the data folder and beffroi.toml. The key does not leave the box. Interrupted, the same command is run again. Afterwards the box renews its certificate by itself.",
  "command.enroll.code": "the region’s code (16 signs), or a ticket BEFFROI1:…",
  "command.enroll.hypervisor": "address of the hypervisor (the ticket holds it)",
  "command.enroll.force": "replace this box’s present enrolment",
  "command.enroll.example.code": "With a code read over the telephone:",
  "command.enroll.example.ticket": "With the ticket, copied or read from the QR code:",
  "command.enroll.example.again": "Enrol again, after a revocation for one:",
  "command.enroll.done": "Enrolled: box {box}, communes {communes}.",
  "command.enroll.region": "Region: {url}",
  "command.enroll.fingerprint": "Its authority, proved by the code: {pin}",
  "command.enroll.until": "Certificate valid until {date}; the box renews it by itself.",
  "command.enroll.identity": "Key and certificate: {file}",
  "command.enroll.config.new": "Configuration written: {file}",
  "command.enroll.config.section": "[hypervisor] added to {file}",
  "command.enroll.config.line": "hypervisor.url changed in {file}",
  "command.enroll.next": "Next: beffroi doctor, then beffroi gateway.",
  "command.enroll.restart": "Restart the box so that it uses it: systemctl restart beffroi-gateway.",
  "code.length": "it has 16 signs, in four groups of four",
  "code.sign": "it has digits and letters only, and no U",
  "code.check": "one sign is wrong, or two are exchanged",
  "config.fault.not-enrolled": "This box is not enrolled with its region: {file} is missing (beffroi enroll CODE)",
  "fault.wrong-code": "This code is not copied right: {reason}.",
  "fault.wrong-code.means": "Nothing was sent, the code is still valid.",
  "fault.wrong-code.todo": "Read it again, like 7K3M-Q9TA-XW42-0D86.",
  "fault.wrong-hypervisor": "“{typed}” is not the address of a hypervisor.",
  "fault.wrong-hypervisor.means": "A box speaks to its region by https only.",
  "fault.wrong-hypervisor.todo": "Write it like this: https://region.example.org:8443",
  "fault.already-enrolled": "This box is enrolled already: {box}, certificate until {until} ({file}).",
  "fault.already-enrolled.means":
    "Nothing was done, the code was not used. Another enrolment would replace this one, which would be valid no more.",
  "fault.already-enrolled.todo": "To renew, nothing need be done. To replace: run it again with --force.",
  "fault.box-named-otherwise": "The code is that of the box {box}, but {file} names this one {found}.",
  "fault.box-named-otherwise.means": "Nothing was done, the code was not used.",
  "fault.box-named-otherwise.todo":
    "Correct [box] name, or ask the region for a code for {found}: beffroi hypervisor box add {found} --commune …",
  "fault.box-of-other-communes": "The code is for {communes}, but this box has assets in {found}.",
  "fault.box-of-other-communes.means":
    "Nothing was done, the code was not used. The region would set aside all that this box says of {found}.",
  "fault.box-of-other-communes.todo":
    "Ask the region for a code for all communes of this box: beffroi hypervisor box add NAME --commune …",
  "fault.region-otherwise": "{file} names another region: {found}, not {url}.",
  "fault.region-otherwise.means": "Nothing was done, the code was not used.",
  "fault.region-otherwise.todo": "If the region has changed, run it again with --force; else correct --hypervisor.",
  "fault.region-silent": "The hypervisor does not answer at {url}: {detail}",
  "fault.region-silent.means": "The box is not enrolled. The code is still valid.",
  "fault.region-silent.todo": "Check the address, the fibre and the firewall, then run the same command again.",
  "fault.region-not-understood": "What answers at {url} is no hypervisor: {detail}",
  "fault.region-not-understood.means": "The box is not enrolled. The code is still valid.",
  "fault.region-not-understood.todo":
    "Check the address and the port (8443 by default), and that no portal or proxy stands in between.",
  "fault.region-not-proved": "What answers at {url} does not know this code: {detail}",
  "fault.region-not-proved.means":
    "Somebody may stand in between, or it is another region. The code was not sent, nothing is changed here.",
  "fault.region-not-proved.todo": "Check the address with the region, then the line. Do not insist.",
  "fault.region-other-authority": "What answers at {url} is not the ticket’s region: {detail}",
  "fault.region-other-authority.means":
    "Somebody may stand in between, or it is another region. The code was not sent, nothing is changed here.",
  "fault.region-other-authority.todo":
    "Compare the fingerprint with the region by telephone. If it differs, do not insist.",
  "fault.region-certificate": "The certificate of {url} will not do: {detail}",
  "fault.region-certificate.means": "Nothing was sent: neither code nor request. The code is still valid.",
  "fault.region-certificate.todo":
    "server-name: use the address the hypervisor knows (--host). server-ended: check the clock (timedatectl). server-unknown: somebody stands in between.",
  "fault.enrolment-refused": "The region refuses: {message}.",
  "fault.enrolment-refused.means": "The box is not enrolled, nothing is changed here.",
  "fault.enrolment-refused.todo": "{remedy}",
  "status.refusal.locked":
    "The region refuses this box: two boxes bear its name. Somebody has to decide at the region ('beffroi hypervisor incident list'). Nothing is lost: all of it waits here.",
  "status.refusal.incident":
    "This box's incident there is number {incident}: 'beffroi hypervisor incident show {incident}'.",
  "status.refusal.another-history":
    "The region holds another history of this box: a copied disk, or an old image. Somebody has to decide at the region ('beffroi hypervisor incident list'). Nothing is lost: all of it waits here.",
  "status.refusal.region-ahead":
    "The region holds entries that this box no longer has: it was probably set back to an old image. Somebody has to decide at the region ('beffroi hypervisor incident list'). All of it waits here.",
  "status.refusal.replaced":
    "Another box has taken the place of this one: nothing leaves it any more. Stop it, or enrol it under another name ('beffroi enroll').",
  "status.refusal.refused":
    "The region does not understand what this box sends: their versions are probably too far apart. Nothing is lost: all of it waits here.",
  "status.refusal.entry-too-large": "An entry is too large for the region; it and what follows wait here.",
  "status.refusal.journal": "The journal cannot be read: see 'beffroi journal verify'.",
  "status.certificate": "Certificate until {date}",
  "status.certificate-near": "The certificate ends on {date} and is not renewed: {why}",
  "status.certificate-ended": "The certificate has ended on {date}: {why}",
  "status.certificate-why-unknown": "the region has not answered yet",
};
