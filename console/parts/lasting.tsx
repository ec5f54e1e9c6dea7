/** How long an order lasts and how long it may wait; who holds the asset now, and why it is taken over. */
import { useId } from "react";
import type { CommandView } from "../../api/schemas.ts";
import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";
import { authorInWords } from "../words/command.ts";
import { Icon } from "./icon.tsx";

const HOUR = 3_600;
const HOLDS = [HOUR / 2, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR, 7 * 24 * HOUR] as const;
const WAITS = [600, HOUR, 6 * HOUR, 24 * HOUR] as const;

export interface Lasting {
  readonly holdSeconds: number;
  readonly expiresInSeconds: number;
  readonly reason: string;
}

export const LASTING: Lasting = { holdSeconds: 2 * HOUR, expiresInSeconds: 600, reason: "" };

interface LastingProps {
  readonly value: Lasting;
  readonly disabled: boolean;
  /** Asked for under this name, where somebody else holds it. */
  readonly reason?: string;
  readonly onChange: (value: Lasting) => void;
}

export function LastingChoice({ value, disabled, reason, onChange }: LastingProps) {
  const { say, format } = useWords();
  const [holdId, waitId, reasonId] = [useId(), useId(), useId()];
  const inWords = (seconds: number): string => format.length(seconds * 1_000);
  return (
    <div className="lasting">
      <p className="field">
        <label htmlFor={holdId}>{say("lamp.lasts")}</label>
        <select
          id={holdId}
          value={value.holdSeconds}
          disabled={disabled}
          onChange={(event) => onChange({ ...value, holdSeconds: Number(event.target.value) })}
        >
          {HOLDS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {inWords(seconds)}
            </option>
          ))}
        </select>
      </p>
      <p className="field">
        <label htmlFor={waitId}>{say("lamp.waits")}</label>
        <select
          id={waitId}
          value={value.expiresInSeconds}
          disabled={disabled}
          onChange={(event) => onChange({ ...value, expiresInSeconds: Number(event.target.value) })}
        >
          {WAITS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {inWords(seconds)}
            </option>
          ))}
        </select>
      </p>
      {reason !== undefined ? (
        <p className="field">
          <label htmlFor={reasonId}>{reason}</label>
          <input
            id={reasonId}
            type="text"
            maxLength={500}
            value={value.reason}
            disabled={disabled}
            onChange={(event) => onChange({ ...value, reason: event.target.value })}
          />
        </p>
      ) : null}
      <p className="quiet small">{say("lamp.returns")}</p>
    </div>
  );
}

export function Holder({ holder }: { holder: CommandView }) {
  const words = useWords();
  const { say, format } = words;
  const now = useNow();
  return (
    <p className="aside">
      <Icon name="clock" />
      <span>
        {say("lamp.held", {
          author: authorInWords(holder.author, words),
          since: format.time(holder.requestedAt, now),
          until: format.time(holder.holdUntil!, now),
        })}
        {holder.reason === undefined ? "" : ` ${say("lamp.heldFor", { reason: holder.reason })}`}
      </span>
    </p>
  );
}
