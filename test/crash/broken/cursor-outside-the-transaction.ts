/** The box's cursor moves in a transaction of its own, after its data's. Loaded before the hypervisor (`--import`). */
import { redirect } from "./redirect.ts";

redirect("hypervisor/store/postgres.ts", new URL("./two-step-postgres.ts", import.meta.url));
