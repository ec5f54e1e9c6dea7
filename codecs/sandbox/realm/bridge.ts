/**
 * The border inside the realm: one function through which every call enters as JSON text and leaves as JSON text. The
 * *source* of these functions is evaluated before the codec (see ../prelude.ts), so they keep the intrinsics they need
 * out of the codec's reach. What they return is judged again outside; a codec that breaks them only loses its own results.
 */

/**
 * First letter of what the bridge returns; the rest is JSON. Only the bridge writes it, a codec cannot.
 * R: the return value. T: the codec threw, `{name, message}`. J: the value has no JSON form, `{name, message}`.
 * A: a promise came back. N: there is no such entry point.
 */
export type BridgeTag = "R" | "T" | "J" | "A" | "N";

export type BridgeOperation = "open" | "decodeUplink" | "encodeDownlink" | "decodeDownlink" | "normalizeUplink";

export interface RealmEntry {
  readonly label: string;
  readonly run: (input: Record<string, unknown>) => unknown;
}

export interface RealmReach {
  /** A global by name, of whichever kind: property, let, const or class. */
  named(name: string): unknown;
  apply(target: unknown, self: unknown, ...values: unknown[]): unknown;
  firstParameter(target: unknown): string;
}

export function memberOf(holder: unknown, name: string): unknown {
  return (typeof holder === "object" && holder !== null) || typeof holder === "function"
    ? (holder as Record<string, unknown>)[name]
    : undefined;
}

export function realmReach(): RealmReach {
  // Called through another name, eval sees the global scope, where a script's let and const are and globalThis is not.
  const globalEval = Reflect.get(globalThis, "eval") as (source: string) => unknown;
  const sourceOf = Function.prototype.toString;
  const apply = Function.prototype.call.bind(Function.prototype.call) as RealmReach["apply"];
  const exec = RegExp.prototype.exec;
  return {
    named: (name) => globalEval(`typeof ${name} === "undefined" ? undefined : ${name}`),
    apply,
    firstParameter(target) {
      const source = apply(sourceOf, target);
      const found = apply(exec, /^[^(]*\(\s*([A-Za-z_$][\w$]*)/, source) as string[] | null;
      return found === null ? "" : (found[1] ?? "");
    },
  };
}

/** TS013's functions, wherever published codecs put them. */
export function modernEntry(reach: RealmReach, name: string): RealmEntry | undefined {
  const holders: [string, unknown][] = [
    [`driver.${name}`, reach.named("driver")],
    [`exports.${name}`, reach.named("exports")],
    [`module.exports.${name}`, memberOf(reach.named("module"), "exports")],
  ];
  const own = reach.named(name);
  if (typeof own === "function") return { label: name, run: (input) => reach.apply(own, undefined, input) };
  for (const [label, holder] of holders) {
    const found = memberOf(holder, name);
    if (typeof found === "function") return { label, run: (input) => reach.apply(found, holder, input) };
  }
  return undefined;
}

/** ChirpStack v3's and The Things Network v2's functions; the latter also with its two parameters swapped. */
export function legacyDecoder(reach: RealmReach): RealmEntry | undefined {
  const decode = reach.named("Decode");
  if (typeof decode === "function") {
    return {
      label: "Decode",
      run: ({ fPort, bytes, variables }) => ({ data: reach.apply(decode, undefined, fPort, bytes, variables) }),
    };
  }
  const decoder = reach.named("Decoder");
  if (typeof decoder !== "function") return undefined;
  const first = reach.firstParameter(decoder).toLowerCase();
  return first === "port" || first === "fport" || first === "f_port"
    ? {
        label: "Decoder(port, bytes)",
        run: ({ fPort, bytes }) => ({ data: reach.apply(decoder, undefined, fPort, bytes) }),
      }
    : { label: "Decoder", run: ({ fPort, bytes }) => ({ data: reach.apply(decoder, undefined, bytes, fPort) }) };
}

export function legacyEncoder(reach: RealmReach): RealmEntry | undefined {
  const encode = reach.named("Encode");
  if (typeof encode === "function") {
    return {
      label: "Encode",
      run: ({ fPort, data, variables }) => ({ bytes: reach.apply(encode, undefined, fPort, data, variables) }),
    };
  }
  const encoder = reach.named("Encoder");
  if (typeof encoder !== "function") return undefined;
  return { label: "Encoder", run: ({ fPort, data }) => ({ bytes: reach.apply(encoder, undefined, data, fPort) }) };
}

/** What was thrown, as JSON; reading it may run the codec's code once more. */
export function complaintText(tag: "T" | "J", thrown: unknown, stringify: typeof JSON.stringify): string {
  let name = "";
  let message = "";
  try {
    name = String(memberOf(thrown, "name") ?? "");
    message = String(memberOf(thrown, "message") ?? thrown);
  } catch {
    message = "the thrown value cannot be read";
  }
  return tag + stringify({ name, message });
}

export function makeBridge(recvTimeAsText: boolean): (operation: BridgeOperation, text: string) => string {
  const { parse, stringify } = JSON;
  const RealmDate = Date;
  const reach = realmReach();
  const entries: Record<string, RealmEntry | undefined> = Object.create(null);
  const isPromise = (value: unknown) => typeof memberOf(value, "then") === "function";

  function open(): string {
    entries.decodeUplink = modernEntry(reach, "decodeUplink") ?? legacyDecoder(reach);
    entries.encodeDownlink = modernEntry(reach, "encodeDownlink") ?? legacyEncoder(reach);
    entries.decodeDownlink = modernEntry(reach, "decodeDownlink");
    entries.normalizeUplink = modernEntry(reach, "normalizeUplink");
    const labels: Record<string, string> = {};
    for (const name in entries) {
      const entry = entries[name];
      if (entry !== undefined) labels[name] = entry.label;
    }
    return `R${stringify(labels)}`;
  }

  return (operation, text) => {
    let result: unknown;
    try {
      if (operation === "open") return open();
      const entry = entries[operation];
      if (entry === undefined) return "N";
      const input = parse(text) as Record<string, unknown>;
      if (!recvTimeAsText && typeof input.recvTime === "string") input.recvTime = new RealmDate(input.recvTime);
      result = entry.run(input);
      if (isPromise(result) || isPromise(memberOf(result, "data")) || isPromise(memberOf(result, "bytes"))) return "A";
    } catch (thrown) {
      return complaintText("T", thrown, stringify);
    }
    try {
      return `R${(stringify(result) as string | undefined) ?? "null"}`;
    } catch (thrown) {
      return complaintText("J", thrown, stringify);
    }
  };
}
