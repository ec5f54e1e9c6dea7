import type { FocusEvent, MouseEvent, ReactNode } from "react";
import { addressOf, go, type Route } from "../route.ts";

interface LinkProps {
  readonly to: Route;
  readonly className?: string;
  readonly current?: boolean;
  /** Leaves no step behind for the back button. */
  readonly replaces?: boolean;
  readonly onFollow?: () => void;
  readonly tabIndex?: number;
  readonly draggable?: boolean;
  readonly onFocus?: (event: FocusEvent<HTMLElement>) => void;
  readonly children: ReactNode;
}

/** A real link: it can be opened in a new tab, copied, and followed without loading the page again. */
export function Link({ to, className, current, replaces, onFollow, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to, replaces ? "replace" : "push");
    onFollow?.();
  };
  return (
    <a
      {...rest}
      href={addressOf(to)}
      className={className}
      aria-current={current ? "page" : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}
