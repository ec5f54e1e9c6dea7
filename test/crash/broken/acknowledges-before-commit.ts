/** PUBACK as soon as a message is there. Loaded before the gateway (`--import`). */
import { redirect } from "./redirect.ts";

redirect("gateway/chirpstack/connection.ts", new URL("./eager-connection.ts", import.meta.url));
