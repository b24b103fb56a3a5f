import { cn } from "../lib/cn.ts";

/** The mark of Aloft; its name stands beside it, so it says nothing itself. */
export function Logo({ className }: { className?: string }) {
  return (
    <span
      className={cn(
        "grid size-7 shrink-0 place-items-center rounded-lg bg-primary text-primary-foreground shadow-low",
        className,
      )}
    >
      <svg viewBox="0 0 20 20" className="size-[64%]" aria-hidden>
        <path d="M10 1.5 17.5 17 10 13.4Z" fill="currentColor" />
        <path d="M10 1.5v11.9L2.5 17Z" fill="currentColor" opacity="0.62" />
      </svg>
    </span>
  );
}
