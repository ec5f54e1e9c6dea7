/** The bare subscriber as a reference: what a message costs that is only taken, acknowledged and parsed. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { startMosquitto } from "../test/system/servers.ts";
import { cpuSeconds } from "./cpu.ts";
import { connectPublisher } from "./publisher.ts";

export interface BareSubscriber {
  /** CPU time of its process. Every message arrives, or this throws. */
  nanosecondsPerMessage(packets: readonly Buffer[]): Promise<number>;
  stop(): Promise<void>;
}

const POLL_MS = 250;
/** Nothing more arrived for so long: it will not. */
const STALLED_MS = 60_000;

export async function startBareSubscriber(): Promise<BareSubscriber> {
  const broker = await startMosquitto({ configuration: ["autosave_on_changes false", "autosave_interval 0"] });
  const child = fork(new URL("bare-subscriber.ts", import.meta.url), [broker.url]);
  await once(child, "message");
  const done = async (): Promise<number> => {
    child.send("count");
    return (await once(child, "message"))[0] as number;
  };
  return {
    async nanosecondsPerMessage(packets) {
      const publisher = await connectPublisher(broker.port);
      const before = await done();
      const cpu = cpuSeconds(child.pid!);
      const published = publisher.publish(packets);
      let now = before;
      for (let heard = Date.now(); now < before + packets.length; ) {
        await wait(POLL_MS);
        const count = await done();
        if (count !== now) heard = Date.now();
        if (Date.now() - heard > STALLED_MS) throw new Error(`${count - before} of ${packets.length} messages arrived`);
        now = count;
      }
      await published;
      publisher.close();
      return ((cpuSeconds(child.pid!) - cpu) * 1e9) / packets.length;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
      await broker.stop();
    },
  };
}
