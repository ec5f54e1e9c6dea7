// Imported before any schema is built: zod otherwise compiles its parsers with `new Function`, which the page's policy forbids.
import { config } from "zod";

config({ jitless: true });
