/** What cannot be done with less: MQTT.js takes each message at QoS 1, acknowledges it, and its JSON is parsed. A process of its own. */
import mqtt from "mqtt";

const client = mqtt.connect(process.argv[2]!, {
  clientId: "bare",
  clean: false,
  protocolVersion: 5,
  properties: { sessionExpiryInterval: 86_400, receiveMaximum: 65_535 },
});
let parsed = 0;
client.on("message", (_topic, payload) => {
  const event = JSON.parse(payload.toString()) as { readonly devAddr: string };
  if (event.devAddr !== "") parsed += 1;
});
client.on("connect", () => client.subscribe("application/+/device/+/event/+", { qos: 1 }, () => process.send!(parsed)));
process.on("message", () => process.send!(parsed));
process.on("disconnect", () => process.exit());
