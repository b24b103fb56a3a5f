import type { Requirement } from "../requirement.ts";

const source = "issue 3, part 8";

export const consoleRequirements: readonly Requirement[] = [
  {
    id: "console.sign-in.link",
    source,
    behaviour:
      "A sign-in link signs a browser in once; a spent one says what to do, and the signed-out page says how to get another.",
  },
  {
    id: "console.sign-in.expired",
    source,
    behaviour:
      "When the session is over the console says so plainly, and keeps what was being written until the next sign-in.",
  },
  { id: "console.sign-in.out", source, behaviour: "Signing out ends the browser's session." },
  {
    id: "console.sign-in.elsewhere",
    source,
    behaviour: "A signed-in browser makes a link that signs in another one, and can end that one's session.",
  },
  {
    id: "console.invitation",
    source,
    behaviour:
      "An invitation's link shows who invites to what, makes an account and joins; used again, it says that it is spent.",
  },
  {
    id: "console.organizations",
    source,
    behaviour:
      "Who belongs to several organizations sees the agents and conversations of the one chosen, also after a reload.",
  },
  {
    id: "console.chat.stream",
    source,
    behaviour: "A reply is seen growing as it arrives, and is then the stored message.",
  },
  {
    id: "console.chat.stop",
    source,
    behaviour:
      "A reply is stopped in the middle; what had arrived stays, marked as stopped, and can be asked for again.",
  },
  { id: "console.chat.retry", source, behaviour: "A failed reply shows the reason and is retried from there." },
  {
    id: "console.chat.reload",
    source,
    behaviour: "A reload shows the conversation as it was, also the reply under way, which goes on growing.",
  },
  {
    id: "console.chat.tabs",
    source,
    behaviour: "Every tab that shows a conversation sees the same messages and the same stream.",
  },
  {
    id: "console.chat.once",
    source,
    behaviour:
      "A message whose answer was lost is sent again under the same Idempotency-Key, and is stored and shown once.",
  },
  {
    id: "console.chat.draft",
    source,
    behaviour: "What could not be sent is kept with the reason, over a reload too; so is a draft.",
  },
  {
    id: "console.chat.tools",
    source,
    behaviour: "Tools used and thoughts are listed folded, and unfold to what went in and came out.",
  },
  {
    id: "console.chat.markdown",
    source,
    behaviour:
      "Markdown is rendered, code can be copied, and nothing in a message runs a script or makes the browser fetch anything.",
  },
  {
    id: "console.chat.blocks",
    source,
    behaviour: "Of a reply that grows, only the last block of its Markdown is rendered again.",
  },
  {
    id: "console.chat.scroll",
    source,
    behaviour:
      "The newest message stays in sight until the reader scrolls up; older ones load there, in order and without a jump.",
  },
  {
    id: "console.chat.list",
    source,
    behaviour: "Conversations are listed by day, renamed, and deleted only once that is confirmed.",
  },
  {
    id: "console.chat.gone",
    source,
    behaviour: "A conversation that is deleted elsewhere while it is shown is left, with a word about why.",
  },
  {
    id: "console.chat.offline-hint",
    source,
    behaviour: "While the offline model answers, the console says so and names the variables that bring a real one.",
  },
  {
    id: "console.chat.reconnect",
    source,
    behaviour:
      "After the server was killed and started again, the page goes on by itself: the reply that was cut off says so and can be retried.",
  },
  {
    id: "console.unreachable",
    source,
    behaviour: "A page opened while the server cannot be reached says what to check, and goes on when it is back.",
  },
  { id: "console.agents.edit", source, behaviour: "An agent is created, talked with, changed and deleted." },
  {
    id: "console.agents.faults",
    source,
    behaviour: "What the server refuses of a form is said at the field it is about.",
  },
  {
    id: "console.agents.conflict",
    source,
    behaviour:
      "An agent that was changed elsewhere while it was edited is not overwritten; the page offers to reload it.",
  },
  {
    id: "console.search",
    source,
    behaviour:
      "Ctrl or Cmd and K finds messages by their words, marks these, and opens the conversation at the message.",
  },
  {
    id: "console.search.far",
    source,
    behaviour: "A message far back in its conversation is loaded and brought into sight.",
  },
  { id: "console.keys", source, behaviour: "An API key is made with chosen scopes, shown once, and revoked." },
  {
    id: "console.profile",
    source,
    behaviour: "Name and theme are changed in the settings, and stay so after a reload.",
  },
  { id: "console.gone", source, behaviour: "An address that leads nowhere, or to something deleted, says so." },
  {
    id: "console.broken",
    source,
    behaviour: "A page that breaks says so in its own place, and the rest of the console goes on.",
  },
  {
    id: "console.mobile",
    source,
    behaviour: "On a small screen nothing is wider than it, and every page opens the sidebar as a drawer.",
  },
  {
    id: "console.accessible",
    source,
    behaviour: "axe-core finds no serious or critical violation on the main pages, in the light and in the dark theme.",
  },
  {
    id: "console.attachments.send",
    source: "issue 4: attachments on messages",
    behaviour:
      "Files are picked, dropped or pasted, sent with a message, shown as images or by name and size, and downloaded.",
  },
  {
    id: "console.attachments.progress",
    source: "issue 4: attachments on messages",
    behaviour: "An upload shows how far it is, holds back the sending, and can be stopped.",
  },
  {
    id: "console.attachments.refused",
    source: "issue 4: attachments on messages",
    behaviour: "A file that is refused says why, and the others go without it.",
  },
  {
    id: "console.keyboard",
    source,
    behaviour:
      "A conversation is begun and led from the keyboard alone; whole replies are announced to screen readers.",
  },
  {
    id: "console.build.once",
    source,
    behaviour: "The console is built once for its sources and dependencies; asked again, nothing is built or changed.",
  },
  { id: "console.build.size", source, behaviour: "The scripts of a first visit are 250 KB at most, compressed." },
  {
    id: "console.build.own",
    source: "issue 3, part 5",
    behaviour:
      "The built page holds no inline script or style and names no other host, as the content security policy demands.",
  },
  {
    id: "console.build.production",
    source,
    behaviour: "React is bundled for production, whatever NODE_ENV the build was started with.",
  },
  {
    id: "console.client.current",
    source,
    behaviour:
      "The console's API client is generated from the published OpenAPI document, and a stale one fails the tests.",
  },
];
