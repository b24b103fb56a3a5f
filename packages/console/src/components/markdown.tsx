import { Component, lazy, memo, type ReactNode, Suspense } from "react";
import { blocksOf } from "../lib/markdown-blocks.ts";

const load = () => import("./markdown-renderer.tsx");
const Renderer = lazy(load);

/** Fetches what renders Markdown, before the first message needs it. */
export function preloadMarkdown(): void {
  void load().catch(() => undefined);
}

function Plain({ text }: { text: string }) {
  return <p className="whitespace-pre-wrap">{text}</p>;
}

/** Shows the text as it is if it cannot be rendered: the code did not arrive, or the text is beyond it. */
class OrPlain extends Component<{ readonly text: string; readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }
  override render(): ReactNode {
    return this.state.failed ? <Plain text={this.props.text} /> : this.props.children;
  }
}

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <OrPlain text={text}>
      <Suspense fallback={<Plain text={text} />}>
        <Renderer text={text} />
      </Suspense>
    </OrPlain>
  );
});

/** A message's text. While it grows, only its last block is rendered again. */
export const Markdown = memo(function Markdown({ text, growing = false }: { text: string; growing?: boolean }) {
  const blocks = growing ? blocksOf(text) : [text];
  return (
    <div className="prose-message">
      {blocks.map((block, i) => (
        <div key={i} className="prose-block">
          <Block text={block} />
        </div>
      ))}
    </div>
  );
});
