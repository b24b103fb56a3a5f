import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "../../lib/cn.ts";

const controlClass =
  "w-full rounded-lg border border-input bg-surface px-3 text-sm shadow-low transition-colors outline-none focus-visible:border-ring focus-visible:ring-3 focus-visible:ring-ring/25 disabled:opacity-60 aria-invalid:border-destructive aria-invalid:ring-destructive/20";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input className={cn(controlClass, "h-9", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(controlClass, "min-h-20 py-2 leading-relaxed scroll-slim", className)} {...props} />;
}

export function NativeSelect({ className, ...props }: ComponentProps<"select">) {
  return <select className={cn(controlClass, "h-9 pr-8", className)} {...props} />;
}

/** What a control needs to be tied to its label, its hint and its fault. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": true | undefined;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  /** Why what it holds was refused. */
  readonly fault?: string | undefined;
  readonly optional?: boolean;
  readonly children: (control: ControlProps) => ReactNode;
}

export function Field({ label, hint, fault, optional = false, children }: FieldProps) {
  const id = useId();
  const described = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`]
    .filter(Boolean)
    .join(" ");
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {optional && <span className="ml-1.5 font-normal text-muted-foreground">optional</span>}
      </label>
      {children({
        id,
        "aria-describedby": described || undefined,
        "aria-invalid": fault === undefined ? undefined : true,
      })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-muted-foreground">
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p id={`${id}-fault`} className="text-xs font-medium text-destructive">
          {fault}
        </p>
      )}
    </div>
  );
}

/** A group of checkboxes under one name. */
export function FieldSet({
  legend,
  hint,
  fault,
  children,
}: {
  legend: string;
  hint?: string;
  fault?: string | undefined;
  children: ReactNode;
}) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">{legend}</legend>
      {hint !== undefined && <p className="-mt-1 text-xs text-muted-foreground">{hint}</p>}
      {children}
      {fault !== undefined && <p className="text-xs font-medium text-destructive">{fault}</p>}
    </fieldset>
  );
}

interface CheckProps extends Omit<ComponentProps<"input">, "type"> {
  readonly label: string;
  readonly hint?: string | undefined;
}

export function Check({ label, hint, ...props }: CheckProps) {
  return (
    <label className="flex cursor-pointer items-start gap-3 rounded-lg border bg-surface px-3 py-2.5 transition-colors hover:bg-accent/60 has-checked:border-primary/50 has-checked:bg-tint/60 has-focus-visible:ring-3 has-focus-visible:ring-ring/25">
      <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-primary outline-none" {...props} />
      <span className="flex min-w-0 flex-col gap-0.5">
        <span className="text-sm leading-tight font-medium">{label}</span>
        {hint !== undefined && <span className="text-xs text-muted-foreground">{hint}</span>}
      </span>
    </label>
  );
}
