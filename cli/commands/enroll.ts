import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EnrolmentFault, ProvedRegion } from "../../cloud-sync/enrolment/enrol.ts";
import type { BoxIdentity } from "../../gateway/identity.ts";
import { type Cli, commandFile, readingWidth } from "../cli.ts";
import type { EnrolmentPlan, Typed } from "../enrolment-plan.ts";
import { type CliFault, fault } from "../faults.ts";
import { wrap } from "../terminal/wrap.ts";
import { sayingIfSlow } from "../waiting.ts";
import { type BoxOptions, withBoxOptions } from "../which-box.ts";

interface Options extends BoxOptions {
  readonly hypervisor?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export const enroll = commandFile({
  exits: ["failed", "unreachable", "refused"],
  examples: [
    {
      line: "enroll 7K3M-Q9TA-XW42-0D86 --hypervisor https://region.example.org:8443",
      text: "command.enroll.example.code",
    },
    { line: "enroll BEFFROI1:… --config /etc/beffroi/beffroi.toml", text: "command.enroll.example.ticket" },
    { line: "enroll 7K3M-Q9TA-XW42-0D86 --force", text: "command.enroll.example.again" },
  ],
  declare: (command, cli) => {
    const { say } = cli;
    withBoxOptions(
      command
        .argument("<code...>", say("command.enroll.code"))
        .option("--hypervisor <url>", say("command.enroll.hypervisor"))
        .option("--force", say("command.enroll.force")),
      cli,
    ).action((pieces: readonly string[], options: Options) => run(cli, pieces, options));
  },
});

async function run(cli: Cli, pieces: readonly string[], options: Options): Promise<void> {
  const { parseTyped, planEnrolment } = await import("../enrolment-plan.ts");
  const typed = parseTyped(pieces.join(" "), cli.say);
  const plan = planEnrolment(cli, typed, options);
  const { region, identity } = await enrol(cli, typed, plan);
  if (options.json) return cli.out.line(JSON.stringify(jsonOf(plan, region, identity)));
  sayDone(cli, plan, region, identity);
}

async function enrol(
  cli: Cli,
  typed: Typed,
  plan: EnrolmentPlan,
): Promise<{ readonly region: ProvedRegion; readonly identity: BoxIdentity }> {
  const [{ enrolWith, findRegion }, { makeKey }, { begunKey, endBegun, writeIdentity }, time, write] =
    await Promise.all([
      import("../../cloud-sync/enrolment/enrol.ts"),
      import("../../cloud-sync/enrolment/key.ts"),
      import("../../gateway/identity.ts"),
      boxTime(),
      import("../enrolment-plan.ts"),
    ]);
  const { code, pin } = typed;
  const enrolment = { url: plan.url, code, ...(pin === undefined ? {} : { pin }), time };
  const { say, language } = cli;
  try {
    const region = await sayingIfSlow(cli, say("waiting.hypervisor"), findRegion(enrolment, language));
    if (plan.box !== undefined && plan.box !== region.box)
      throw fault("box-named-otherwise", { file: plan.configFile, found: plan.box, box: region.box });
    await refuseOtherCommunes(cli, plan, region);
    write.checkWritable(plan);
    const key = await begunKey(plan.dataFolder, makeKey);
    const given = await sayingIfSlow(cli, say("waiting.hypervisor"), enrolWith(enrolment, region, key, language));
    // The identity last: where it stands, all the rest does too. Until then the same line does it all again.
    write.writeConfig(plan, region.box);
    const identity = writeIdentity(plan.identityFile, given);
    endBegun(plan.dataFolder);
    return { region, identity };
  } catch (error) {
    throw await told(error, plan);
  }
}

/** What a box holds of its registry tells which communes it serves; one that holds nothing becomes what the code says. */
async function refuseOtherCommunes(cli: Cli, { dataFolder }: EnrolmentPlan, { communes }: ProvedRegion): Promise<void> {
  const { STORE_FILE } = await import("../../gateway/box-store.ts");
  if (!existsSync(join(dataFolder, STORE_FILE))) return;
  const { withRegistry } = await import("../registry-of-box.ts");
  const { assets } = await withRegistry(cli, { data: dataFolder }, (registry) => registry.registry());
  const found = [...new Set(assets.map(({ commune }) => commune))].filter((each) => !communes.includes(each)).sort();
  if (found.length > 0)
    throw fault("box-of-other-communes", { communes: communes.join(", "), found: found.join(", ") });
}

async function boxTime() {
  const [{ createBoxTime }, { createBoxClock, systemClock }] = await Promise.all([
    import("../../gateway/box-time.ts"),
    import("../../gateway/clock.ts"),
  ]);
  return createBoxTime({ clock: createBoxClock(systemClock) });
}

const FAULT_OF = {
  unreachable: "region-silent",
  "not-a-region": "region-not-understood",
  "not-proved": "region-not-proved",
  "other-authority": "region-other-authority",
} as const;

async function told(error: unknown, { url, dataFolder: folder }: EnrolmentPlan): Promise<unknown> {
  const [{ EnrolmentFault }, { ServerFault }, { DiskAbsent }] = await Promise.all([
    import("../../cloud-sync/enrolment/enrol.ts"),
    import("../../cloud-sync/server-certificate.ts"),
    import("../../gateway/box-store.ts"),
  ]);
  if (error instanceof DiskAbsent) return fault("store-unusable", { folder, detail: error.message });
  if (error instanceof EnrolmentFault) return ofEnrolment(error, url);
  if (error instanceof ServerFault) return fault("region-certificate", { url, detail: error.message });
  const isOfFiles = error instanceof Error && "syscall" in error && "path" in error;
  return isOfFiles ? fault("file-unwritable", { file: String(error.path), detail: error.message }) : error;
}

function ofEnrolment({ code, message, problem }: EnrolmentFault, url: string): CliFault {
  if (code !== "refused") return fault(FAULT_OF[code], { url, detail: message });
  const { message: what = message, remedy = "" } = problem ?? {};
  return fault("enrolment-refused", { message: what, remedy }, problem === undefined ? {} : { detail: { problem } });
}

const jsonOf = (plan: EnrolmentPlan, { box, communes, pin }: ProvedRegion, { endsAt }: BoxIdentity) => ({
  box,
  communes,
  hypervisor: plan.url,
  fingerprint: pin,
  certificateEndsAt: new Date(endsAt).toISOString(),
  identity: plan.identityFile,
  config: plan.configFile,
});

function sayDone(cli: Cli, plan: EnrolmentPlan, { box, communes, pin }: ProvedRegion, { endsAt }: BoxIdentity): void {
  const { say, out } = cli;
  const date = new Date(endsAt).toLocaleDateString(cli.language === "fr" ? "fr-FR" : "en-GB");
  out.line(out.paint("green", say("command.enroll.done", { box, communes: communes.join(", ") })));
  const lines = [
    say("command.enroll.region", { url: plan.url }),
    say("command.enroll.fingerprint", { pin: pin.match(/.{8}/g)!.join(" ") }),
    say("command.enroll.until", { date }),
    say("command.enroll.identity", { file: plan.identityFile }),
    ...(plan.edit === "none" ? [] : [say(`command.enroll.config.${plan.edit}`, { file: plan.configFile })]),
    say(plan.running ? "command.enroll.restart" : "command.enroll.next"),
  ];
  for (const line of lines.flatMap((text) => wrap(text, readingWidth(out), "  "))) out.line(line);
}
