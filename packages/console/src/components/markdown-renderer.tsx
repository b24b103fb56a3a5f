import { type ComponentProps, useRef } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CopyButton } from "./copy-button.tsx";

const plugins = [remarkGfm];

function languageOf(node: { children?: readonly unknown[] } | undefined): string | undefined {
  const code = node?.children?.[0];
  if (typeof code !== "object" || code === null || !("properties" in code)) return undefined;
  const { className } = code.properties as { className?: unknown };
  const name = Array.isArray(className) ? className.find((one) => String(one).startsWith("language-")) : undefined;
  return name === undefined ? undefined : String(name).slice("language-".length);
}

function CodeBlock({
  language,
  children,
}: {
  language: string | undefined;
  children: ComponentProps<"pre">["children"];
}) {
  const pre = useRef<HTMLPreElement>(null);
  return (
    <figure className="my-4 overflow-hidden rounded-xl border bg-muted/60">
      <figcaption className="flex items-center justify-between border-b bg-muted py-1 pr-1.5 pl-3.5">
        <span className="font-mono text-xs text-muted-foreground">{language ?? "text"}</span>
        <CopyButton text={() => pre.current?.textContent ?? ""} what="code" />
      </figcaption>
      <pre
        ref={pre}
        tabIndex={0}
        className="m-0! overflow-x-auto px-3.5 py-3 font-mono text-[0.82rem] leading-relaxed scroll-slim"
      >
        {children}
      </pre>
    </figure>
  );
}

const components: Components = {
  a: ({ node: _node, ...props }) => <a {...props} target="_blank" rel="noopener noreferrer nofollow" />,
  // An image would be fetched from wherever a model says: it is offered as a link instead.
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noopener noreferrer nofollow">
      {alt === undefined || alt === "" ? "image" : alt}
    </a>
  ),
  pre: ({ node, children }) => <CodeBlock language={languageOf(node)}>{children}</CodeBlock>,
  input: ({ node: _node, ...props }) => (
    <input {...props} className="mr-2 align-middle accent-primary" aria-label="done" />
  ),
};

export default function MarkdownRenderer({ text }: { text: string }) {
  return (
    <ReactMarkdown remarkPlugins={plugins} components={components}>
      {text}
    </ReactMarkdown>
  );
}
