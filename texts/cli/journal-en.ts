import type { SameKeys } from "../catalogue.ts";
import type { journalFr } from "./journal-fr.ts";

export const journalEn: SameKeys<typeof journalFr> = {
  "status.disk.shedding": "short of space: old readings are thinned, then the oldest dropped",
  "status.disk.slow": "the disk is slow: each write takes over a second",
  "status.disk.full":
    "the disk is full: nothing can be written; the broker keeps what comes, commands go out. Free some space, it goes on by itself",
  "status.disk.read-only":
    "the disk is read-only: nothing can be written; the broker keeps what comes, commands go out",
  "status.disk.failing":
    "the disk fails: nothing can be written; the broker keeps what comes, commands go out. Replace it",
  "status.held": "{n} entry waits in memory for the disk || {n} entries wait in memory for the disk",
  "status.lost": "lost: {thinned} readings thinned, {dropped} dropped, {damaged} unreadable",
  "command.journal": "the journal of this box",
  "command.journal.verify": "read the whole journal and say what of it holds",
  "command.journal.verify.long":
    "Reads every entry of the file and checks its checksum, its place and the chain of hashes, whether the box runs or not. Changes nothing. Exit code 1 when something is missing that no loss explains.",
  "command.journal.verify.example.here": "Verify the journal of this machine's box:",
  "command.journal.verify.example.json": "For a script:",
  "journal.verify.whole": "{n} whole entry || {n} whole entries",
  "journal.verify.range": "from {first} to {last}",
  "journal.verify.declared": "{n} entry lost and declared || {n} entries lost and declared",
  "journal.verify.sound": "All of it holds: checksums, numbers and the chain of hashes.",
  "journal.verify.damaged": "unreadable: {from} to {to}",
  "journal.verify.missing": "missing without a declared loss: {from} to {to}",
  "journal.verify.unreadable": "damaged page: {from} to {to}",
  "journal.verify.another-history": "another history begins at {from}",
  "journal.verify.means":
    "The box declares these losses by itself: what it can read past while it runs, the rest at its next start, when it builds a new file of all that is readable.",
  "command.journal.status": "space, autonomy, losses and wear of the card",
  "command.journal.status.long":
    "Says what space the journal takes, how many days it can go without the region, what was lost, and what each delay of writing costs the memory card.",
  "command.journal.status.tbw": "endurance of the card in TB written, by its maker (10 unless given)",
  "command.journal.status.example.here": "The state of this machine's journal:",
  "command.journal.status.example.card": "With a card's stated endurance:",
  "journal.status.space": "Space",
  "journal.status.space-of": "{used} used of {limit}, {free} free on the disk",
  "journal.status.autonomy": "Autonomy",
  "journal.status.autonomy-days":
    "{n} day without the region before anything is thinned || {n} days without the region before anything is thinned",
  "journal.status.autonomy-unknown": "known after an hour of readings",
  "journal.status.waiting": "To be sent",
  "journal.status.lost": "Lost",
  "journal.status.nothing": "nothing",
  "journal.status.disk": "Disk",
  "journal.status.disk-ok": "everything is written",
  "journal.status.wear":
    "Wear at one reading a second (measured, database and SQLite's log together), for a card of {tbw} TB written:",
  "journal.status.delay": "delay",
  "journal.status.daily": "written a day",
  "journal.status.years": "life",
  "journal.status.years-of": "{n} year || {n} years",
  "command.journal.export": "export all entries, one a line",
  "command.journal.export.long":
    "Writes every entry of the journal as JSON, in the order of the numbers, times put right where the clock was known later. Reads the file, whether the box runs or not.",
  "command.journal.export.from": "first entry (number)",
  "command.journal.export.to": "last entry (number)",
  "command.journal.export.output": "write to a file instead of the screen",
  "command.journal.export.example.all": "The whole journal into a file:",
  "command.journal.export.example.part": "Entries 1000 to 2000:",
  "journal.export.done": "{n} entry written to {file}. || {n} entries written to {file}.",
  "fault.journal-unreadable": "The journal {file} cannot be opened: {detail}",
  "fault.journal-unreadable.means": "The file is missing, not yours, or its first pages are damaged.",
  "fault.journal-unreadable.todo":
    "Check --data. If the file is damaged, start the box: it builds a new one of all that is readable and declares the rest.",
  "fault.journal-unsound": "The journal is not whole.",
  "fault.journal-unsound.means": "Entries are missing or cannot be read any more, without a declared loss.",
  "fault.journal-unsound.todo": "Let the box run, or start it again: it declares them, here and to the region.",
};
