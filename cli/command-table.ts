/** Every command, in the order of the help. Only the file of the command that is typed is loaded: help must come at once. */
import type { CommandFile } from "./cli.ts";

export interface TableEntry {
  /** `hypervisor box add`; its summary is `command.hypervisor.box.add` in the catalogue. */
  readonly path: string;
  /** Absent for a word that only groups others. */
  readonly load?: () => Promise<CommandFile>;
}

export const COMMANDS = [
  { path: "demo", load: async () => (await import("./commands/demo.ts")).demo },
  { path: "demo cut", load: async () => (await import("./commands/demo-cut.ts")).demoCut },
  { path: "init", load: async () => (await import("./commands/init.ts")).init },
  { path: "enroll", load: async () => (await import("./commands/enroll.ts")).enroll },
  { path: "gateway", load: async () => (await import("./commands/gateway.ts")).gateway },
  { path: "hypervisor", load: async () => (await import("./commands/hypervisor.ts")).hypervisor },
  { path: "hypervisor box" },
  {
    path: "hypervisor box add",
    load: async () => (await import("./commands/hypervisor-box-add.ts")).hypervisorBoxAdd,
  },
  {
    path: "hypervisor box list",
    load: async () => (await import("./commands/hypervisor-box-list.ts")).hypervisorBoxList,
  },
  {
    path: "hypervisor box revoke",
    load: async () => (await import("./commands/hypervisor-box-revoke.ts")).hypervisorBoxRevoke,
  },
  {
    path: "hypervisor import",
    load: async () => (await import("./commands/hypervisor-import.ts")).hypervisorImport,
  },
  {
    path: "hypervisor compare",
    load: async () => (await import("./commands/hypervisor-compare.ts")).hypervisorCompare,
  },
  {
    path: "hypervisor completeness",
    load: async () => (await import("./commands/hypervisor-completeness.ts")).hypervisorCompleteness,
  },
  { path: "hypervisor quarantine" },
  {
    path: "hypervisor quarantine list",
    load: async () => (await import("./commands/hypervisor-quarantine-list.ts")).hypervisorQuarantineList,
  },
  {
    path: "hypervisor quarantine replay",
    load: async () => (await import("./commands/hypervisor-quarantine-replay.ts")).hypervisorQuarantineReplay,
  },
  { path: "hypervisor send", load: async () => (await import("./commands/hypervisor-send.ts")).hypervisorSend },
  { path: "hypervisor mass", load: async () => (await import("./commands/hypervisor-mass.ts")).hypervisorMass },
  { path: "hypervisor cancel", load: async () => (await import("./commands/hypervisor-cancel.ts")).hypervisorCancel },
  { path: "hypervisor audit", load: async () => (await import("./commands/hypervisor-audit.ts")).hypervisorAudit },
  {
    path: "hypervisor change",
    load: async () => (await import("./commands/hypervisor-change.ts")).hypervisorChange,
  },
  { path: "hypervisor incident" },
  {
    path: "hypervisor incident list",
    load: async () => (await import("./commands/hypervisor-incident-list.ts")).hypervisorIncidentList,
  },
  {
    path: "hypervisor incident show",
    load: async () => (await import("./commands/hypervisor-incident-show.ts")).hypervisorIncidentShow,
  },
  {
    path: "hypervisor incident decide",
    load: async () => (await import("./commands/hypervisor-incident-decide.ts")).hypervisorIncidentDecide,
  },
  { path: "config" },
  { path: "config check", load: async () => (await import("./commands/config-check.ts")).configCheck },
  { path: "device" },
  { path: "device scan", load: async () => (await import("./commands/device-scan.ts")).deviceScan },
  { path: "device add", load: async () => (await import("./commands/device-add.ts")).deviceAdd },
  { path: "device import", load: async () => (await import("./commands/device-import.ts")).deviceImport },
  { path: "device export", load: async () => (await import("./commands/device-export.ts")).deviceExport },
  { path: "device list", load: async () => (await import("./commands/device-list.ts")).deviceList },
  { path: "device show", load: async () => (await import("./commands/device-show.ts")).deviceShow },
  { path: "device place", load: async () => (await import("./commands/device-place.ts")).devicePlace },
  { path: "device accept", load: async () => (await import("./commands/device-deeds.ts")).deviceAccept },
  { path: "device in-service", load: async () => (await import("./commands/device-deeds.ts")).deviceInService },
  { path: "device faulty", load: async () => (await import("./commands/device-deeds.ts")).deviceFaulty },
  { path: "device move", load: async () => (await import("./commands/device-deeds.ts")).deviceMove },
  { path: "device replace", load: async () => (await import("./commands/device-deeds.ts")).deviceReplace },
  { path: "device retire", load: async () => (await import("./commands/device-deeds.ts")).deviceRetire },
  { path: "device undo", load: async () => (await import("./commands/device-undo.ts")).deviceUndo },
  { path: "network" },
  { path: "network plan", load: async () => (await import("./commands/network-plan.ts")).networkPlan },
  { path: "network apply", load: async () => (await import("./commands/network-apply.ts")).networkApply },
  { path: "network status", load: async () => (await import("./commands/network-status.ts")).networkStatus },
  { path: "network gateway" },
  {
    path: "network gateway add",
    load: async () => (await import("./commands/network-gateway-add.ts")).networkGatewayAdd,
  },
  { path: "network group" },
  { path: "network group add", load: async () => (await import("./commands/network-group-add.ts")).networkGroupAdd },
  {
    path: "network group make",
    load: async () => (await import("./commands/network-group-make.ts")).networkGroupMake,
  },
  {
    path: "network group leave",
    load: async () => (await import("./commands/network-group-leave.ts")).networkGroupLeave,
  },
  {
    path: "network group renew",
    load: async () => (await import("./commands/network-group-renew.ts")).networkGroupRenew,
  },
  {
    path: "network group list",
    load: async () => (await import("./commands/network-group-list.ts")).networkGroupList,
  },
  { path: "backup", load: async () => (await import("./commands/backup.ts")).backup },
  { path: "restore", load: async () => (await import("./commands/restore.ts")).restore },
  { path: "doctor", load: async () => (await import("./commands/doctor.ts")).doctor },
  { path: "status", load: async () => (await import("./commands/status.ts")).status },
  { path: "watch", load: async () => (await import("./commands/watch.ts")).watch },
  { path: "send", load: async () => (await import("./commands/send.ts")).send },
  { path: "queue", load: async () => (await import("./commands/queue.ts")).queue },
  { path: "cancel", load: async () => (await import("./commands/cancel.ts")).cancel },
  { path: "consent", load: async () => (await import("./commands/consent.ts")).consent },
  { path: "audit" },
  { path: "audit verify", load: async () => (await import("./commands/audit-verify.ts")).auditVerify },
  { path: "codec" },
  { path: "codec list", load: async () => (await import("./commands/codec-list.ts")).codecList },
  { path: "codec show", load: async () => (await import("./commands/codec-show.ts")).codecShow },
  { path: "codec decode", load: async () => (await import("./commands/codec-decode.ts")).codecDecode },
  { path: "codec encode", load: async () => (await import("./commands/codec-encode.ts")).codecEncode },
  { path: "codec test", load: async () => (await import("./commands/codec-test.ts")).codecTest },
  { path: "codec add", load: async () => (await import("./commands/codec-add.ts")).codecAdd },
  { path: "journal" },
  { path: "journal verify", load: async () => (await import("./commands/journal-verify.ts")).journalVerify },
  { path: "journal status", load: async () => (await import("./commands/journal-status.ts")).journalStatus },
  {
    path: "journal redecode",
    load: async () => (await import("./commands/journal-redecode.ts")).journalRedecode,
  },
  { path: "journal export", load: async () => (await import("./commands/journal-export.ts")).journalExport },
  { path: "simulate", load: async () => (await import("./commands/simulate.ts")).simulate },
  { path: "completeness", load: async () => (await import("./commands/completeness.ts")).completeness },
  { path: "sync" },
  { path: "sync outgoing", load: async () => (await import("./commands/sync-outgoing.ts")).syncOutgoing },
  { path: "sync export", load: async () => (await import("./commands/sync-export.ts")).syncExport },
  { path: "export", load: async () => (await import("./commands/export.ts")).exportReadings },
  { path: "completion", load: async () => (await import("./commands/completion.ts")).completion },
] as const satisfies readonly TableEntry[];

export type CommandPath = (typeof COMMANDS)[number]["path"];

/** The commands whose files a command line needs. */
export function pathsFor(argv: readonly string[]): ReadonlySet<string> {
  const wanted = new Set<string>();
  let path = "";
  let skipValue = false;
  for (const token of argv) {
    if (token === "--") break;
    if (skipValue) skipValue = false;
    else if (token === "--lang") skipValue = true;
    else if (!token.startsWith("-")) {
      const longer = path === "" ? token : `${path} ${token}`;
      if (!COMMANDS.some((entry) => entry.path === longer)) break;
      path = longer;
      wanted.add(path);
    }
  }
  return wanted;
}
