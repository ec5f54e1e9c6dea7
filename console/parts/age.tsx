import { useNow } from "../data/use.ts";
import { useWords } from "../language.tsx";

/** How long ago, moving by itself; the full moment on hover and for machines. */
export function Age({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  const { format } = useWords();
  return (
    <time dateTime={at} title={format.moment(at)} className={className}>
      {format.age(at, now)}
    </time>
  );
}
