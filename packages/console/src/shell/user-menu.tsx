import { Link } from "@tanstack/react-router";
import { BookOpen, ChevronsUpDown, LogOut, Monitor, Moon, Sun, UserRound } from "lucide-react";
import type { ComponentProps } from "react";
import { toast } from "sonner";
import { api } from "../api/client.ts";
import { answer, problemOf } from "../api/problem.ts";
import { Avatar } from "../components/avatar.tsx";
import { Button } from "../components/ui/button.tsx";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from "../components/ui/menu.tsx";
import { type Theme, useTheme } from "../lib/theme.ts";
import { useSession } from "../session.tsx";

const themeChoices = [
  ["system", "As the system", Monitor],
  ["light", "Light", Sun],
  ["dark", "Dark", Moon],
] as const satisfies readonly (readonly [Theme, string, unknown])[];

/** Ends this browser's session. */
export async function signOut(): Promise<void> {
  try {
    await answer(api.POST("/auth/sign-out"));
    location.assign("/");
  } catch (error) {
    toast.error(problemOf(error).message);
  }
}

export function UserMenu() {
  return (
    <Menu align="start" side="top" className="w-[16rem]" trigger={<UserButton />}>
      <MenuItem asChild>
        <Link to="/settings">
          <UserRound />
          Profile
        </Link>
      </MenuItem>
      <MenuItem asChild>
        <a href="/docs" target="_blank" rel="noreferrer">
          <BookOpen />
          API documentation
        </a>
      </MenuItem>
      <MenuSeparator />
      <ThemeChoices />
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()}>
        <LogOut />
        Sign out
      </MenuItem>
    </Menu>
  );
}

function UserButton(props: ComponentProps<"button">) {
  const { me, organization } = useSession();
  return (
    <Button
      variant="ghost"
      size="bare"
      className="mt-1.5 h-12 w-full justify-start gap-3 rounded-xl px-2 text-foreground"
      {...props}
    >
      <Avatar id={me.id} name={me.name} kind="user" />
      <span className="sr-only">Your menu,</span>
      <span className="flex min-w-0 flex-1 flex-col items-start">
        <span className="max-w-full truncate text-sm font-medium">{me.name}</span>
        <span className="max-w-full truncate text-xs font-normal text-muted-foreground">{organization.name}</span>
      </span>
      <ChevronsUpDown aria-hidden className="mr-1 text-muted-foreground" />
    </Button>
  );
}

function ThemeChoices() {
  const [theme, setTheme] = useTheme();
  return (
    <>
      <MenuLabel>Theme</MenuLabel>
      {themeChoices.map(([value, name, Icon]) => (
        <MenuChoice
          key={value}
          checked={theme === value}
          onSelect={(event) => {
            event.preventDefault();
            setTheme(value);
          }}
        >
          <span className="flex items-center gap-2.5">
            <Icon aria-hidden />
            {name}
          </span>
        </MenuChoice>
      ))}
    </>
  );
}
