/** Signs drawn by hand, 24 × 24, in the colour of the text. Always beside words: hidden from assistive technology. */
const PATHS = {
  lighting: "M9 18h6M10 21h4M8.5 14.5a6 6 0 1 1 7 0c-.9.7-1 1.600-1 2.500h-5c0-.9-.1-1.800-1-2.500z",
  security: "M12 3l7 3v5c0 4.500-3 8-7 10-4-2-7-5.500-7-10V6zM9 12l2 2 4-4",
  waste: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.500 11v5M13.500 11v5",
  mobility: "M4 4h16v16H4zM9 17V7h4a3 3 0 0 1 0 6H9",
  energy: "M13 3L5 14h6l-1 7 9-12h-6z",
  air: "M3 9h11a2.500 2.500 0 1 0-2.500-2.500M3 13h15a2.500 2.500 0 1 1-2.500 2.500M3 17h7a2 2 0 1 1-2 2",
  water: "M12 3c4 4.500 6 7.500 6 10.500a6 6 0 0 1-12 0C6 10.500 8 7.500 12 3z",
  lit: "M9.500 17.500h5M10.500 20.500h3M9.200 14.500a4.500 4.500 0 1 1 5.600 0c-.6.5-.8 1-.8 1.500h-4c0-.5-.2-1-.8-1.500zM12 3v1.500M4 11h1.500M18.500 11H20M6.300 5.300l1 1M17.700 5.300l-1 1",
  map: "M4 6.500l5-2 6 2 5-2v13l-5 2-6-2-5 2zM9 4.500v13M15 6.500v13",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  alert: "M12 4l9 16H3zM12 10v5M12 17.500v.5",
  silent:
    "M5 5l14 14M8.500 12a5 5 0 0 0 7 3M5 12a8 8 0 0 1 1-4M12 7a5 5 0 0 1 5 5M12 3.500a8.500 8.500 0 0 1 8.500 8.500",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4l3 2",
  check: "M5 12.500l4.500 4.500L19 7.500",
  cross: "M6 6l12 12M18 6L6 18",
  dots: "M6 12h.01M12 12h.01M18 12h.01",
  ring: "M12 6a6 6 0 1 1 0 12 6 6 0 0 1 0-12z",
  back: "M14 6l-6 6 6 6",
  places: "M4 20V9l5-4 5 4v11M14 20V12l3-2 3 2v8M2 20h20M8 20v-4h2v4M8 11h2",
  search: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500L20 20",
  all: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
  box: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
} as const;

export type IconName = keyof typeof PATHS;

export const isIcon = (name: string): name is IconName => Object.hasOwn(PATHS, name);

export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg
      className={`icon ${className ?? ""}`}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Belfry() {
  return (
    <svg className="belfry" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className="belfry-ground" width="32" height="32" rx="7" />
      <path className="belfry-tower" d="M16 4l6 7v2h-1v13h2v2H9v-2h2V13h-1v-2z" />
      <path className="belfry-ground" d="M14 28v-5a2 2 0 0 1 4 0v5zM14 15h4v4h-4z" />
    </svg>
  );
}
