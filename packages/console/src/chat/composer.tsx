import { ArrowUp, Paperclip, Square } from "lucide-react";
import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type RefObject,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { IconButton } from "../components/ui/button.tsx";
import { cn } from "../lib/cn.ts";
import { keep, kept } from "../lib/kept.ts";
import type { MessageAttachment } from "../api/types.ts";
import { PendingList } from "./attachment-list.tsx";
import type { Uploads } from "./uploads.ts";

const maxCharacters = 64_000;
const maxHeightPx = 240;
/** Without one, focus would put a keyboard over half of the screen. */
const hasKeyboard = !matchMedia("(pointer: coarse)").matches;
const draftName = (draftId: string) => `aloft.draft.${draftId}`;

export interface ComposerHandle {
  /** Puts text in, after what is there. */
  add(text: string): void;
  focus(): void;
}

interface ComposerProps {
  /** What is being written is kept under this name, also over a reload. */
  readonly draftId: string;
  readonly placeholder: string;
  readonly onSend: (text: string, attachments: readonly MessageAttachment[]) => void;
  /** Where files may be attached: to which conversation, and those that are. */
  readonly attaching?: { readonly conversationId: string; readonly uploads: Uploads } | undefined;
  /** Given while a reply is under way. */
  readonly onStop?: (() => void) | undefined;
  readonly busy?: boolean;
  readonly handle?: RefObject<ComposerHandle | null>;
}

function useDraft(draftId: string): readonly [string, (text: string) => void] {
  const [text, setText] = useState(() => kept("sessionStorage", draftName(draftId)) ?? "");
  const change = (to: string) => {
    setText(to);
    keep("sessionStorage", draftName(draftId), to === "" ? undefined : to);
  };
  return [text, change];
}

export function Composer({ draftId, placeholder, onSend, attaching, onStop, busy = false, handle }: ComposerProps) {
  const [text, setText] = useDraft(draftId);
  const area = useRef<HTMLTextAreaElement>(null);
  const pending = attaching?.uploads.pending ?? [];
  const settled = pending.every(({ attachment }) => attachment !== undefined);
  const filled = text.trim() !== "" || pending.length > 0;
  const sendable = filled && settled && text.length <= maxCharacters && !busy;
  useGrowing(area, text);
  useImperativeHandle(handle, () => ({
    add: (more) => setText(text.trim() === "" ? more : `${text}\n${more}`),
    focus: () => area.current?.focus(),
  }));

  const submit = () => {
    if (!sendable) return;
    onSend(text.trimEnd(), attaching?.uploads.take() ?? []);
    setText("");
  };
  const addFiles = (event: ClipboardEvent | DragEvent, { files }: DataTransfer) => {
    if (attaching === undefined || files.length === 0) return;
    event.preventDefault();
    attaching.uploads.add([...files]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the choice of a character in an input method: that is no wish to send.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onDragOver={(event) => attaching !== undefined && event.preventDefault()}
      onDrop={(event) => addFiles(event, event.dataTransfer)}
      className="flex flex-col gap-1.5 rounded-2xl border border-input bg-surface p-2 shadow-raised transition-shadow focus-within:border-ring focus-within:ring-3 focus-within:ring-ring/20"
    >
      {attaching !== undefined && (
        <PendingList
          conversationId={attaching.conversationId}
          pending={pending}
          onRemove={(key) => {
            attaching.uploads.remove(key);
            area.current?.focus();
          }}
        />
      )}
      <textarea
        ref={area}
        rows={1}
        autoFocus={hasKeyboard}
        aria-label="Message"
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={(event) => addFiles(event, event.clipboardData)}
        className="w-full resize-none bg-transparent px-2.5 pt-1.5 leading-relaxed outline-none scroll-slim"
      />
      <div className={cn("flex items-center gap-2", attaching === undefined && "pl-2.5")}>
        {attaching !== undefined && <AttachButton onFiles={(files) => attaching.uploads.add(files)} />}
        <Hint length={text.length} />
        <Buttons sendable={sendable} busy={busy} onStop={onStop} />
      </div>
    </form>
  );
}

/** As high as its text, up to a limit. */
function useGrowing(area: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    if (area.current === null) return;
    area.current.style.height = "auto";
    area.current.style.height = `${Math.min(area.current.scrollHeight, maxHeightPx)}px`;
  }, [area, text]);
}

function AttachButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label="Attach files" size="icon" className="rounded-xl" onClick={() => input.current?.click()}>
        <Paperclip aria-hidden />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // The same file may be chosen again.
          currentTarget.value = "";
        }}
      />
    </>
  );
}

interface ButtonsProps extends Pick<ComposerProps, "onStop"> {
  readonly sendable: boolean;
  readonly busy: boolean;
}

function Buttons({ sendable, busy, onStop }: ButtonsProps) {
  const classes = "rounded-xl";
  return (
    <div className="ml-auto flex items-center gap-1.5">
      {onStop !== undefined && (
        <IconButton label="Stop the reply" variant="outline" size="icon" className={classes} onClick={onStop}>
          <Square className="size-3! fill-current" aria-hidden />
        </IconButton>
      )}
      <IconButton
        label="Send"
        type="submit"
        variant="primary"
        size="icon"
        className={classes}
        disabled={!sendable}
        busy={busy}
      >
        {!busy && <ArrowUp aria-hidden />}
      </IconButton>
    </div>
  );
}

function Hint({ length }: { length: number }) {
  const over = length - maxCharacters;
  if (over > 0) {
    return (
      <span role="alert" className="text-xs font-medium text-destructive">
        {over.toLocaleString()} characters too many
      </span>
    );
  }
  return (
    <span className="hidden text-xs text-muted-foreground sm:inline">
      <kbd className="font-sans font-medium">Enter</kbd> sends, <kbd className="font-sans font-medium">Shift Enter</kbd>{" "}
      makes a new line
    </span>
  );
}
