import { Link, Outlet } from "@tanstack/react-router";
import { Page } from "../components/page.tsx";
import { useDocumentTitle } from "../lib/use-document-title.ts";

const tabClass =
  "-mb-px border-b-2 border-transparent px-1 pb-2.5 text-sm font-medium text-muted-foreground transition-colors hover:text-foreground data-[status=active]:border-primary data-[status=active]:text-foreground";

/** The frame of the settings: yours, and those of the organization. */
export function SettingsPage() {
  useDocumentTitle("Settings");
  return (
    <Page title="Settings">
      <nav aria-label="Settings" className="-mt-3 flex gap-5 border-b">
        <Link to="/settings" activeOptions={{ exact: true }} className={tabClass}>
          You
        </Link>
        <Link to="/settings/organization" className={tabClass}>
          Organization
        </Link>
      </nav>
      <Outlet />
    </Page>
  );
}
