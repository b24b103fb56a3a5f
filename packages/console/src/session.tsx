import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { onSignedOut } from "./api/client.ts";
import { problemOf } from "./api/problem.ts";
import { meQuery } from "./api/queries.ts";
import type { Me, Organization } from "./api/types.ts";
import { Splash, Unreachable } from "./components/splash.tsx";
import { keep, kept } from "./lib/kept.ts";
import { SignedOutPage } from "./sign-in/signed-out-page.tsx";

interface Session {
  readonly me: Me;
  readonly organization: Organization;
  readonly chooseOrganization: (id: string) => void;
}

const SessionContext = createContext<Session | undefined>(undefined);
const organizationName = "aloft.organization";

/** Shows its children to whoever is signed in, and to others how to sign in. */
export function SignedIn({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [signedOut, setSignedOut] = useState<"never" | "expired">();
  const me = useQuery({ ...meQuery, enabled: signedOut === undefined });
  const [chosen, setChosen] = useState(() => kept("localStorage", organizationName));

  useEffect(
    () =>
      onSignedOut(() => {
        const was = client.getQueryData(meQuery.queryKey) === undefined ? "never" : "expired";
        setSignedOut((before) => before ?? was);
        client.clear();
      }),
    [client],
  );

  if (signedOut !== undefined) return <SignedOutPage expired={signedOut === "expired"} />;
  if (me.data === undefined) {
    if (me.error === null) return <Splash />;
    return <Unreachable message={problemOf(me.error).message} onRetry={() => void me.refetch()} />;
  }
  const organization = organizationOf(me.data, chosen);
  if (organization === undefined) {
    return (
      <Unreachable
        message="You belong to no organization any more. Ask for an invitation to one."
        onRetry={() => void me.refetch()}
      />
    );
  }
  const chooseOrganization = (id: string) => {
    keep("localStorage", organizationName, id);
    setChosen(id);
  };
  return <SessionContext value={{ me: me.data, organization, chooseOrganization }}>{children}</SessionContext>;
}

function organizationOf(
  { organizations, defaultOrganizationId }: Me,
  chosen: string | undefined,
): Organization | undefined {
  const byId = (id: string | undefined) => organizations.find((one) => one.id === id);
  return byId(chosen) ?? byId(defaultOrganizationId) ?? organizations[0];
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("No one is signed in here.");
  return session;
}

export const useMe = (): Me => useSession().me;

/** The organization that lists are about. */
export const useOrganization = (): Organization => useSession().organization;
