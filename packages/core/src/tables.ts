import { agents, skills } from "./agents/tables.ts";
import { attachments } from "./attachments/tables.ts";
import { conversations, messages, participants } from "./conversations/tables.ts";
import { apiKeys, idempotencyKeys, sessions, settings, signInLinks, socketTickets, users } from "./identity/tables.ts";
import { auditEvents, notifications } from "./notices/tables.ts";
import { invitations, memberships, organizations } from "./organizations/tables.ts";
import type { AnyTable } from "./tables/define-table.ts";
import { servers } from "./turns/tables.ts";

/** Rises with every change to a declaration. A database of a higher number was written by newer code. */
export const schemaVersion = 2;

export const tables: readonly AnyTable[] = [
  users,
  sessions,
  signInLinks,
  socketTickets,
  apiKeys,
  settings,
  idempotencyKeys,
  organizations,
  memberships,
  invitations,
  agents,
  skills,
  conversations,
  participants,
  messages,
  attachments,
  servers,
  notifications,
  auditEvents,
];
