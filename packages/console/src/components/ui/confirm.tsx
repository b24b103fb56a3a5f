import { AlertDialog } from "radix-ui";
import { useState } from "react";
import { problemOf } from "../../api/problem.ts";
import { Button } from "./button.tsx";
import { DialogActions, overlayClass } from "./dialog.tsx";

interface ConfirmProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  /** What will happen, and whether it can be undone. */
  readonly description: string;
  readonly action: string;
  /** The dialog stays until it is done, and shows why if it fails. */
  readonly onConfirm: () => Promise<unknown>;
}

export function Confirm({ open, onOpenChange, title, description, action, onConfirm }: ConfirmProps) {
  const [state, setState] = useState<{ busy: boolean; fault?: string }>({ busy: false });
  const confirm = async () => {
    setState({ busy: true });
    try {
      await onConfirm();
      setState({ busy: false });
      onOpenChange(false);
    } catch (error) {
      setState({ busy: false, fault: problemOf(error).message });
    }
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={overlayClass} />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 flex w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 animate-appear flex-col gap-5 rounded-2xl border bg-surface p-6 shadow-floating">
          <div className="flex flex-col gap-1.5">
            <AlertDialog.Title className="text-lg font-semibold tracking-tight">{title}</AlertDialog.Title>
            <AlertDialog.Description className="text-sm text-muted-foreground">{description}</AlertDialog.Description>
          </div>
          {state.fault !== undefined && (
            <p role="alert" className="text-sm text-destructive">
              {state.fault}
            </p>
          )}
          <DialogActions>
            <AlertDialog.Cancel asChild>
              <Button variant="outline">Cancel</Button>
            </AlertDialog.Cancel>
            <Button variant="destructive" busy={state.busy} onClick={() => void confirm()}>
              {action}
            </Button>
          </DialogActions>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
