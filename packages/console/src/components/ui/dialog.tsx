import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "../../lib/cn.ts";
import { Button } from "./button.tsx";

export const overlayClass = "fixed inset-0 z-40 animate-fade bg-black/30 backdrop-blur-[2px] dark:bg-black/50";

const contentClass =
  "fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 animate-appear flex-col gap-5 overflow-y-auto rounded-2xl border bg-surface p-6 shadow-floating scroll-slim";

interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly description?: string | undefined;
  readonly children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className={overlayClass} />
        <Primitive.Content
          className={contentClass}
          {...(description === undefined && { "aria-describedby": undefined })}
        >
          <header className="flex flex-col gap-1.5 pr-8">
            <Primitive.Title className="text-lg font-semibold tracking-tight">{title}</Primitive.Title>
            {description !== undefined && (
              <Primitive.Description className="text-sm text-muted-foreground">{description}</Primitive.Description>
            )}
          </header>
          {children}
          <Primitive.Close asChild>
            <Button variant="ghost" size="iconSm" className="absolute top-4 right-4" aria-label="Close">
              <X />
            </Button>
          </Primitive.Close>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** The row of buttons that ends a dialog. */
export function DialogActions({ className, ...props }: ComponentProps<"footer">) {
  return <footer className={cn("flex flex-col-reverse gap-2 sm:flex-row sm:justify-end", className)} {...props} />;
}
