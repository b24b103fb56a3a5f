import type { Route } from "../http/route.ts";
import { createAgent } from "./agents/create-agent.ts";
import { deleteAgent } from "./agents/delete-agent.ts";
import { getAgent } from "./agents/get-agent.ts";
import { listAgents } from "./agents/list-agents.ts";
import { listModels } from "./agents/list-models.ts";
import { listTools } from "./agents/list-tools.ts";
import { updateAgent } from "./agents/update-agent.ts";
import { deleteAttachment } from "./attachments/delete-attachment.ts";
import { getAttachment } from "./attachments/get-attachment.ts";
import { uploadAttachment } from "./attachments/upload-attachment.ts";
import { openSignInLink } from "./auth/open-sign-in-link.ts";
import { pageCss } from "./auth/page-css.ts";
import { signOut } from "./auth/sign-out.ts";
import { getSignedBlob, putSignedBlob } from "./blobs/serve-signed-blob.ts";
import { addParticipant } from "./conversations/add-participant.ts";
import { createConversation } from "./conversations/create-conversation.ts";
import { deleteConversation } from "./conversations/delete-conversation.ts";
import { getConversation } from "./conversations/get-conversation.ts";
import { listConversations } from "./conversations/list-conversations.ts";
import { removeParticipant } from "./conversations/remove-participant.ts";
import { streamEvents } from "./conversations/stream-events.ts";
import { updateConversation } from "./conversations/update-conversation.ts";
import { acceptInvitation } from "./invitations/accept-invitation.ts";
import { readInvitation } from "./invitations/read-invitation.ts";
import { createKey } from "./keys/create-key.ts";
import { deleteKey } from "./keys/delete-key.ts";
import { listKeys } from "./keys/list-keys.ts";
import { createSignInLink } from "./me/create-sign-in-link.ts";
import { deleteSetting } from "./me/delete-setting.ts";
import { endSession } from "./me/end-session.ts";
import { getMe } from "./me/get-me.ts";
import { listSessions } from "./me/list-sessions.ts";
import { listSettings } from "./me/list-settings.ts";
import { putSetting } from "./me/put-setting.ts";
import { updateMe } from "./me/update-me.ts";
import { cancelTurn } from "./messages/cancel-turn.ts";
import { getMessage } from "./messages/get-message.ts";
import { listMessages } from "./messages/list-messages.ts";
import { postMessage } from "./messages/post-message.ts";
import { retryMessage } from "./messages/retry-message.ts";
import { searchMessages } from "./messages/search-messages.ts";
import { listNotifications } from "./notifications/list-notifications.ts";
import { markAllRead } from "./notifications/mark-all-read.ts";
import { markNotification } from "./notifications/mark-notification.ts";
import { changeRole } from "./organizations/change-role.ts";
import { createInvitation } from "./organizations/create-invitation.ts";
import { createOrganization } from "./organizations/create-organization.ts";
import { deleteOrganization } from "./organizations/delete-organization.ts";
import { getOrganization } from "./organizations/get-organization.ts";
import { listAuditEvents } from "./organizations/list-audit-events.ts";
import { listInvitations } from "./organizations/list-invitations.ts";
import { listMembers } from "./organizations/list-members.ts";
import { listOrganizations } from "./organizations/list-organizations.ts";
import { removeMember } from "./organizations/remove-member.ts";
import { revokeInvitation } from "./organizations/revoke-invitation.ts";
import { updateOrganization } from "./organizations/update-organization.ts";
import { createSkill } from "./skills/create-skill.ts";
import { deleteSkill } from "./skills/delete-skill.ts";
import { getSkill } from "./skills/get-skill.ts";
import { listSkills } from "./skills/list-skills.ts";
import { updateSkill } from "./skills/update-skill.ts";
import { createSocketTicket } from "./sockets/create-socket-ticket.ts";
import { getJwks } from "./tokens/get-jwks.ts";

/** Every operation of the API. */
export const routes: readonly Route[] = [
  createAgent,
  deleteAgent,
  getAgent,
  listAgents,
  listModels,
  listTools,
  updateAgent,
  deleteAttachment,
  getAttachment,
  uploadAttachment,
  openSignInLink,
  pageCss,
  signOut,
  getSignedBlob,
  putSignedBlob,
  addParticipant,
  createConversation,
  deleteConversation,
  getConversation,
  listConversations,
  removeParticipant,
  streamEvents,
  updateConversation,
  acceptInvitation,
  readInvitation,
  createKey,
  deleteKey,
  listKeys,
  createSignInLink,
  deleteSetting,
  endSession,
  getMe,
  listSessions,
  listSettings,
  putSetting,
  updateMe,
  cancelTurn,
  getMessage,
  listMessages,
  postMessage,
  retryMessage,
  searchMessages,
  listNotifications,
  markAllRead,
  markNotification,
  changeRole,
  createInvitation,
  createOrganization,
  deleteOrganization,
  getOrganization,
  listAuditEvents,
  listInvitations,
  listMembers,
  listOrganizations,
  removeMember,
  revokeInvitation,
  updateOrganization,
  createSkill,
  deleteSkill,
  getSkill,
  listSkills,
  updateSkill,
  createSocketTicket,
  getJwks,
];
