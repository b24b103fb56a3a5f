import { useNavigate } from "@tanstack/react-router";
import { Building2, ChevronsUpDown } from "lucide-react";
import { Button } from "../components/ui/button.tsx";
import { Menu, MenuChoice, MenuLabel } from "../components/ui/menu.tsx";
import { useSession } from "../session.tsx";

/** Whose agents and conversations are shown; nothing to choose for who belongs to one organization only. */
export function OrganizationSwitcher() {
  const { me, organization, chooseOrganization } = useSession();
  const navigate = useNavigate();
  if (me.organizations.length < 2) return null;
  const choose = (id: string) => {
    if (id === organization.id) return;
    chooseOrganization(id);
    void navigate({ to: "/" });
  };
  return (
    <Menu
      align="start"
      className="w-[16rem]"
      trigger={
        <Button
          variant="ghost"
          className="justify-start rounded-xl px-3 text-foreground"
          aria-label={`Organization: ${organization.name}`}
        >
          <Building2 aria-hidden className="text-muted-foreground" />
          <span className="min-w-0 flex-1 truncate text-left">{organization.name}</span>
          <ChevronsUpDown aria-hidden className="text-muted-foreground" />
        </Button>
      }
    >
      <MenuLabel>Organizations</MenuLabel>
      {me.organizations.map(({ id, name }) => (
        <MenuChoice key={id} checked={id === organization.id} onSelect={() => choose(id)}>
          {name}
        </MenuChoice>
      ))}
    </Menu>
  );
}
