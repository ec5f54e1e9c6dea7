/** The only place that knows uPlot: a curve in the page's own colours, sized by its place, redrawn when light turns dark. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useData } from "../data/use.ts";
import { useWords } from "../language.tsx";

export interface Point {
  /** ms since 1970. */
  readonly at: number;
  readonly value: number;
}

interface PlotProps {
  readonly points: readonly Point[];
  /** Between two points as the device is installed; 0 where that is not known. */
  readonly expectedSeconds: number;
  readonly hours: number;
  readonly unit: string;
  readonly write: (value: number) => string;
  /** The curve in one sentence. */
  readonly label: string;
  readonly onUnder: (point: Point | undefined) => void;
}

const HEIGHT = 190;
const HOUR_S = 3_600;
/** Width of the values' axis, pixels: room for the longest of its labels at 12 px. */
const AXIS_MIN = 64;
const AXIS_MARGIN = 16;
const CHARACTER = 7;
const longest = (written: readonly string[] | null): number =>
  Math.max(0, ...(written ?? []).map(({ length }) => length));
/** Quantities that hold until the next value; a slope between two would be invented. */
const STEPPED: ReadonlySet<string> = new Set(["bool", "%"]);
/** Quantities of which nothing is the natural floor. */
const FROM_ZERO: ReadonlySet<string> = new Set(["W", "VA", "%", "[ppm]", "ug/m3", "lx"]);

export function Plot({ points, expectedSeconds, hours, unit, write, label, onUnder }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const { format } = useWords();
  const { clock } = useData();

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const data = withGaps(points, expectedSeconds);
    const look = {
      data,
      hours,
      unit,
      write,
      onUnder,
      width: element.clientWidth,
      to: clock.now() / 1_000,
      colour: (name: string) => getComputedStyle(element).getPropertyValue(name).trim(),
      tell: (at: number) => (hours > 24 ? format.day(at) : format.hour(at)),
    };
    const plot = new uPlot(optionsFor(look), data, element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [points, expectedSeconds, hours, unit, write, format, clock, onUnder]);

  return <div className="plot" ref={place} role="img" aria-label={label} />;
}

interface Look extends Pick<PlotProps, "hours" | "unit" | "write" | "onUnder"> {
  readonly data: [number[], (number | null)[]];
  readonly width: number;
  /** The right edge, s since 1970. */
  readonly to: number;
  readonly colour: (name: string) => string;
  readonly tell: (at: number) => string;
}

function optionsFor({ data, hours, unit, write, onUnder, width, to, colour, tell }: Look): uPlot.Options {
  const axis = {
    stroke: colour("--quiet"),
    font: `12px ${colour("--font")}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const stepped = STEPPED.has(unit) ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    scales: {
      x: { time: true, range: () => [to - hours * HOUR_S, to] },
      y: { range: (_, min, max) => spanOf(min, max, unit) },
    },
    axes: [
      {
        ...axis,
        space: 56,
        size: 30,
        incrs: hours > 24 ? [24 * HOUR_S, 48 * HOUR_S] : [HOUR_S, 3 * HOUR_S, 6 * HOUR_S],
        values: (_, splits) => splits.map((split) => tell(split * 1_000)),
      },
      {
        ...axis,
        size: (_, written) => Math.max(AXIS_MIN, AXIS_MARGIN + CHARACTER * longest(written)),
        ...(unit === "bool" ? { splits: () => [0, 1] } : {}),
        values: (_, splits) => splits.map(write),
      },
    ],
    series: [
      {},
      {
        stroke: colour("--accent"),
        fill: colour("--accent-soft"),
        width: 2,
        points: { show: data[0].length < 40, size: 5 },
        ...(stepped === undefined ? {} : { paths: stepped }),
      },
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx } }) => {
          const at = idx == null ? undefined : data[0][idx];
          const value = idx == null ? undefined : data[1][idx];
          onUnder(at === undefined || value == null ? undefined : { at: at * 1_000, value });
        },
      ],
    },
  };
}

function spanOf(min: number | null, max: number | null, unit: string): [number, number] {
  if (unit === "bool") return [-0.1, 1.1];
  if (unit === "%") return [0, 105];
  if (min === null || max === null) return [0, 1];
  if (FROM_ZERO.has(unit) && min >= 0) return [0, Math.max(max * 1.1, 1)];
  const margin = Math.max((max - min) * 0.1, Math.abs(max) * 0.01, 0.1);
  return [min - margin, max + margin];
}

/** A pause far longer than usual is drawn as a hole, not bridged: nothing is known of that time. */
function withGaps(points: readonly Point[], expectedSeconds: number): [number[], (number | null)[]] {
  const pauses = points.slice(1).map(({ at }, index) => at - points[index]!.at);
  const usual = pauses.toSorted((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0;
  const hole = Math.max(usual * 4, expectedSeconds * 3_000, 15 * 60_000);
  const times: number[] = [];
  const values: (number | null)[] = [];
  for (const [index, { at, value }] of points.entries()) {
    if (index > 0 && pauses[index - 1]! > hole) {
      times.push((at - 1) / 1_000);
      values.push(null);
    }
    times.push(at / 1_000);
    values.push(value);
  }
  return [times, values];
}
