import { connectAsync } from "mqtt";
import { onTestFinished } from "vitest";

/** What goes over the broker from now on: uplinks by device and counter, and how many downlinks. */
export async function listen(brokerUrl: string) {
  const heard = { uplinks: new Set<string>(), downlinks: 0 };
  const client = await connectAsync(brokerUrl);
  onTestFinished(() => client.endAsync(true));
  client.on("message", (topic, payload) => {
    if (topic.endsWith("/command/down")) {
      heard.downlinks += 1;
      return;
    }
    const { deviceInfo, fCnt } = JSON.parse(payload.toString("utf8")) as {
      deviceInfo: { devEui: string };
      fCnt: number;
    };
    heard.uplinks.add(`${deviceInfo.devEui} ${fCnt}`);
  });
  await client.subscribeAsync(["application/+/device/+/event/up", "application/+/device/+/command/down"], { qos: 1 });
  return heard;
}
