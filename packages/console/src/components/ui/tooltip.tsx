import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";

export function Tip({
  text,
  side = "bottom",
  children,
}: {
  text: string;
  side?: "bottom" | "right" | "top";
  children: ReactNode;
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          className="z-50 max-w-64 animate-fade rounded-md bg-foreground px-2 py-1 text-xs font-medium text-background shadow-raised"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
