import type { Invitation } from "@aloft/core/organizations/invitations";

/** An invitation with the address at which it is accepted. */
export function presentInvitation(invitation: Invitation, origin: string) {
  return { ...invitation, url: `${origin}/invitations/${invitation.code}` };
}
