/** Parses a stream of Server-Sent Events, cut anywhere: https://html.spec.whatwg.org/multipage/server-sent-events.html §9.2.6. */

export interface StreamEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
  /** Of this event or the last one that had an id. */
  readonly id: string;
}

export interface EventStreamParser {
  /** The events that these bytes complete. Throws a RangeError beyond the limit. */
  feed(bytes: Uint8Array): StreamEvent[];
  /** ms, once the server has asked for a pause before reconnecting. */
  readonly retryMs: number | undefined;
}

const EVENT_CHARACTERS_MAX = 1024 * 1024;

export function createEventStreamParser(charactersMax = EVENT_CHARACTERS_MAX): EventStreamParser {
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  let held = 0;
  let event = "";
  let id = "";
  let retryMs: number | undefined;

  function line(text: string, events: StreamEvent[]): void {
    if (text === "") {
      if (data.length > 0) events.push({ event: event === "" ? "message" : event, data: data.join("\n"), id });
      data = [];
      held = 0;
      event = "";
      return;
    }
    const colon = text.indexOf(":");
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? "" : text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") {
      data.push(value);
      held += value.length + 1;
    } else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^\d{1,9}$/.test(value)) retryMs = Number(value);
  }

  return {
    get retryMs() {
      return retryMs;
    },
    feed(bytes) {
      const events: StreamEvent[] = [];
      rest += decoder.decode(bytes, { stream: true });
      let from = 0;
      for (;;) {
        const end = rest.slice(from).search(/[\r\n]/);
        if (end === -1) break;
        const at = from + end;
        // A CR at the very end may be half of a CRLF.
        if (rest[at] === "\r" && at === rest.length - 1) break;
        line(rest.slice(from, at), events);
        from = rest.startsWith("\r\n", at) ? at + 2 : at + 1;
      }
      rest = rest.slice(from);
      if (rest.length + held > charactersMax) throw new RangeError(`an event of more than ${charactersMax} characters`);
      return events;
    },
  };
}
