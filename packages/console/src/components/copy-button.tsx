import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { toast } from "sonner";
import { cn } from "../lib/cn.ts";
import { Button } from "./ui/button.tsx";

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toast.error("The browser did not allow copying. Select the text and copy it by hand.");
    return false;
  }
}

interface CopyButtonProps {
  readonly text: string | (() => string);
  /** What is copied, for its name: “Copy link”. */
  readonly what: string;
  readonly labelled?: boolean;
  readonly className?: string;
}

export function CopyButton({ text, what, labelled = false, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1800);
    return () => clearTimeout(timer);
  }, [copied]);
  const run = async () => setCopied(await copy(typeof text === "string" ? text : text()));
  const Icon = copied ? Check : Copy;
  return (
    <Button
      variant={labelled ? "outline" : "ghost"}
      size={labelled ? "sm" : "iconSm"}
      aria-label={copied ? "Copied" : `Copy ${what}`}
      title={`Copy ${what}`}
      className={cn(!labelled && "size-7", className)}
      onClick={() => void run()}
    >
      <Icon className={cn(copied && "text-success")} aria-hidden />
      {labelled && (copied ? "Copied" : "Copy")}
    </Button>
  );
}

/** A secret or a link, shown whole, to be taken away. */
export function CopyLine({ text, what }: { text: string; what: string }) {
  return (
    <div className="flex items-center gap-2 rounded-xl border bg-muted p-2 pl-3.5">
      <code className="min-w-0 flex-1 font-mono text-sm break-all select-all">{text}</code>
      <CopyButton text={text} what={what} labelled />
    </div>
  );
}
