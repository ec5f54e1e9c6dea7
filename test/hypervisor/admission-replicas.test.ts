/** Codes and revocations where two replicas share one PostgreSQL: what one has decided holds at the other, at once. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { enrolWith, findRegion } from "../../cloud-sync/enrolment/enrol.ts";
import { makeKey } from "../../cloud-sync/enrolment/key.ts";
import { machineTime } from "../../cloud-sync/https.ts";
import { readTicket, type Ticket } from "../../cloud-sync/protocol/enrolment.ts";
import { startPostgres, systemTest } from "../system/servers.ts";
import { startRegion } from "./region.ts";

systemTest(
  "a code used at both at once enrols one box; revoked at one, a box's stream at the other ends and nothing of it is admitted",
  ["postgresql"],
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "beffroi-admission-"));
    const postgres = await startPostgres();
    const one = await startRegion({ databaseUrl: postgres.url, dataFolder: join(folder, "one") });
    // Replicas share the authority.
    mkdirSync(join(folder, "two"), { mode: 0o700 });
    cpSync(join(folder, "one", "authority"), join(folder, "two", "authority"), { recursive: true });
    const two = await startRegion({ databaseUrl: postgres.url, dataFolder: join(folder, "two") });
    try {
      const ticketFor = async (name: string): Promise<Ticket> => {
        const { ticket = "" } = await one.hypervisor.invite({ name, communes: ["88383"], validMs: 3_600_000 });
        return readTicket(ticket) as Ticket;
      };
      const enrolAt = async (ticket: Ticket, url: string) => {
        const enrolment = { ...ticket, url, time: machineTime };
        const { key, cert, ca } = await enrolWith(enrolment, await findRegion(enrolment, "en"), await makeKey(), "en");
        return { key, certificate: cert, ca };
      };
      for (let race = 0; race < 5; race++) {
        const name = `raced-${race}`;
        const ticket = await ticketFor(name);
        const both = await Promise.allSettled([one, two].map(({ hypervisor }) => enrolAt(ticket, hypervisor.boxUrl)));
        const won = both.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
        expect(won).toHaveLength(1);
        expect(both.find((each) => each.status === "rejected")?.reason).toMatchObject({
          problem: { code: "code-used" },
        });
        for (const region of [one, two])
          expect((await region.box(won[0]!, `/v1/boxes/${name}/commands?wait=0`)).status).toBe(200);
      }

      const stolen = await enrolAt(await ticketFor("stolen"), two.hypervisor.boxUrl);
      const stream = await two.boxFeed(stolen, "/v1/boxes/stolen/commands");
      await stream.until(": open");
      await one.hypervisor.revokeBox("stolen");
      await stream.ended;
      // A replica that hears of it only now ends whatever connections the box has, a new one too: asked again, it says why.
      const answerOf = async (region: typeof one) => {
        const ask = () => region.box(stolen, "/v1/boxes/stolen/commands?wait=0");
        return ask().catch((error) => {
          expect(error).toMatchObject({ code: "ECONNRESET" });
          return ask();
        });
      };
      for (const region of [one, two]) {
        const answer = await answerOf(region);
        expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, "box-revoked"]);
      }
    } finally {
      await Promise.all([one.stop(), two.stop()]);
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  240_000,
);
