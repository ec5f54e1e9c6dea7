/** In place of one file of the product, another that wraps it: how a real process gets a part that is broken on purpose. */
import { registerHooks } from "node:module";

const ROOT = new URL("../../../", import.meta.url).href;

/** Everybody but the wrapper itself gets the wrapper when it asks for `file` ("gateway/chirpstack/connection.ts"). */
export function redirect(file: string, wrapper: URL): void {
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (found.url !== `${ROOT}${file}` || context.parentURL === wrapper.href) return found;
      return { ...found, url: wrapper.href, shortCircuit: true };
    },
  });
}
