/** Chooses a level of light, for one lamp or for many. */
import { useId, useState } from "react";
import { useWords } from "../language.tsx";

interface DimmerProps {
  readonly level: number;
  readonly disabled: boolean;
  readonly onLevel: (level: number) => void;
}

/** Three buttons for what is wanted nine times in ten, and a slider, applied only on request: dragging sends nothing. */
export function Dimmer({ level, disabled, onLevel }: DimmerProps) {
  const { say, measurement } = useWords();
  const [wished, setWished] = useState<number | undefined>();
  const sliderId = useId();
  const shown = wished ?? level;
  const percent = measurement.number(shown, "%");
  const set = (value: number): void => {
    setWished(undefined);
    onLevel(value);
  };
  return (
    <>
      <div className="lamp-buttons">
        <button type="button" className="button" disabled={disabled} onClick={() => set(0)}>
          {say("lamp.off")}
        </button>
        <button type="button" className="button" disabled={disabled} onClick={() => set(50)}>
          {say("lamp.half")}
        </button>
        <button type="button" className="button primary" disabled={disabled} onClick={() => set(100)}>
          {say("lamp.on")}
        </button>
      </div>
      <div className="lamp-slider">
        <label htmlFor={sliderId}>
          {say("lamp.level")} <output htmlFor={sliderId}>{percent}</output>
        </label>
        <input
          id={sliderId}
          type="range"
          min={0}
          max={100}
          step={5}
          value={shown}
          disabled={disabled}
          aria-valuetext={percent}
          onChange={(event) => setWished(event.target.valueAsNumber)}
        />
        <button type="button" className="button" disabled={disabled || wished === undefined} onClick={() => set(shown)}>
          {say("lamp.apply", { level: percent })}
        </button>
      </div>
    </>
  );
}
