/** Sending a command once: a request without an answer is repeated under its own id, so that it cannot become two. */
import { useState } from "react";
import type { CommandRequest } from "../../api/schemas.ts";
import { BorderError, type Failure } from "./border.ts";
import { useData } from "./use.ts";

export type Wish = Pick<CommandRequest, "target" | "name" | "fields"> &
  Partial<Pick<CommandRequest, "holdSeconds" | "expiresInSeconds" | "reason">>;

export interface Sending {
  readonly send: (wish: Wish) => void;
  /** Sends the wish that got no answer again, under the same id. */
  readonly again: () => void;
  readonly busy: boolean;
  readonly failure?: Failure;
}

interface Attempt {
  readonly id: string;
  readonly wish: Wish;
  readonly failure?: Failure;
}

export function useSending(): Sending {
  const { send } = useData();
  const [attempt, setAttempt] = useState<Attempt | undefined>();
  const start = (id: string, wish: Wish): void => {
    setAttempt({ id, wish });
    send({ id, ...wish, author: "page" }).then(
      () => setAttempt(undefined),
      (error: unknown) => {
        if (!(error instanceof BorderError)) throw error;
        setAttempt({ id, wish, failure: error.failure });
      },
    );
  };
  return {
    send: (wish) => start(newId(), wish),
    again: () => {
      if (attempt !== undefined) start(attempt.id, attempt.wish);
    },
    busy: attempt !== undefined && attempt.failure === undefined,
    ...(attempt?.failure === undefined ? {} : { failure: attempt.failure }),
  };
}

/** A random UUID (RFC 9562, version 4); `crypto.randomUUID` is missing on a page served without TLS. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
