import { defineRoute } from "../../http/route.ts";

const css = `:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,sans-serif;display:grid;place-items:center;min-height:100vh;margin:0}
main{max-width:32rem;padding:2rem}h1{font-size:1.4rem;line-height:1.3}
code{font-size:.95em;padding:.1em .35em;border-radius:.3em;background:color-mix(in srgb,currentColor 10%,transparent)}
`;

/** The look of the few pages that are not the console's. */
export const pageCss = defineRoute({
  method: "GET",
  path: "/auth/page.css",
  operationId: "pageCss",
  summary: "Style of the sign-in pages",
  tag: "Me",
  scope: "public",
  response: { status: 200, contentType: "text/css" },
  handler: async () => css,
});
