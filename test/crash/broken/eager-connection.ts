import {
  type Connection,
  type ConnectionOptions,
  connectBroker as connect,
} from "../../../gateway/chirpstack/connection.ts";

export const connectBroker = (options: ConnectionOptions): Connection => {
  const connection = connect({
    ...options,
    onDelivery(delivery) {
      options.onDelivery(delivery);
      connection.acknowledge();
    },
  });
  return connection;
};
