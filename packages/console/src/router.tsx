import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  Outlet,
} from "@tanstack/react-router";
import { HomePage } from "./chat/home-page.tsx";
import { ChatPage } from "./chat/chat-page.tsx";
import { Broken, NotFound } from "./components/splash.tsx";
import { SignedIn } from "./session.tsx";
import { Shell } from "./shell/shell.tsx";

const BrokenAlone = ({ error, reset }: ErrorComponentProps) => <Broken error={error} onRetry={reset} framed={false} />;
const BrokenInShell = ({ error, reset }: ErrorComponentProps) => <Broken error={error} onRetry={reset} framed />;

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: BrokenAlone });

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  errorComponent: BrokenAlone,
  component: () => (
    <SignedIn>
      <Shell />
    </SignedIn>
  ),
});

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  validateSearch: ({ agent }: Record<string, unknown>): { agent?: string } => {
    const id = text(agent);
    return id === undefined ? {} : { agent: id };
  },
  component: HomePage,
});

const conversation = createRoute({
  getParentRoute: () => shell,
  path: "conversations/$conversationId",
  validateSearch: ({ message }: Record<string, unknown>): { message?: number } => {
    const sequence = Number(message);
    return Number.isSafeInteger(sequence) && sequence > 0 ? { message: sequence } : {};
  },
  component: ChatPage,
});

const agents = createRoute({
  getParentRoute: () => shell,
  path: "agents",
  component: lazyRouteComponent(() => import("./agents/agents-page.tsx"), "AgentsPage"),
});
const newAgent = createRoute({
  getParentRoute: () => shell,
  path: "agents/new",
  component: lazyRouteComponent(() => import("./agents/agent-page.tsx"), "NewAgentPage"),
});
const agent = createRoute({
  getParentRoute: () => shell,
  path: "agents/$agentId",
  component: lazyRouteComponent(() => import("./agents/agent-page.tsx"), "AgentPage"),
});
const keys = createRoute({
  getParentRoute: () => shell,
  path: "keys",
  component: lazyRouteComponent(() => import("./keys/keys-page.tsx"), "KeysPage"),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "settings",
  component: lazyRouteComponent(() => import("./settings/settings-page.tsx"), "SettingsPage"),
});
const you = createRoute({
  getParentRoute: () => settings,
  path: "/",
  component: lazyRouteComponent(() => import("./settings/you-page.tsx"), "YouPage"),
});
const organization = createRoute({
  getParentRoute: () => settings,
  path: "organization",
  component: lazyRouteComponent(() => import("./settings/organization-page.tsx"), "OrganizationPage"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "invitations/$code",
  errorComponent: BrokenAlone,
  component: lazyRouteComponent(() => import("./sign-in/invitation-page.tsx"), "InvitationPage"),
});

const tree = root.addChildren([
  shell.addChildren([home, conversation, agents, newAgent, agent, keys, settings.addChildren([you, organization])]),
  invitation,
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  scrollRestoration: false,
  defaultErrorComponent: BrokenInShell,
  defaultNotFoundComponent: NotFound,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
