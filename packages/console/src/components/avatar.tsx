import { cn } from "../lib/cn.ts";

const tones = [
  "bg-sky-100 text-sky-900 dark:bg-sky-900/70 dark:text-sky-100",
  "bg-indigo-100 text-indigo-900 dark:bg-indigo-900/70 dark:text-indigo-100",
  "bg-teal-100 text-teal-900 dark:bg-teal-900/70 dark:text-teal-100",
  "bg-amber-100 text-amber-950 dark:bg-amber-900/70 dark:text-amber-100",
  "bg-rose-100 text-rose-900 dark:bg-rose-900/70 dark:text-rose-100",
  "bg-violet-100 text-violet-900 dark:bg-violet-900/70 dark:text-violet-100",
  "bg-emerald-100 text-emerald-900 dark:bg-emerald-900/70 dark:text-emerald-100",
] as const;

function toneOf(id: string): string {
  let hash = 7;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) % 65_521;
  return tones[hash % tones.length] ?? tones[0];
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0x2022))
    .join("")
    .toUpperCase();
}

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  readonly kind: "user" | "agent" | "system";
  readonly className?: string;
}

/** Decoration beside a name: people are round, agents are square. */
export function Avatar({ id, name, kind, className }: AvatarProps) {
  return (
    <span
      aria-hidden
      className={cn(
        "grid size-8 shrink-0 place-items-center text-xs font-semibold tracking-wide select-none",
        kind === "user" ? "rounded-full" : "rounded-[30%]",
        toneOf(id),
        className,
      )}
    >
      {initialsOf(name)}
    </span>
  );
}
