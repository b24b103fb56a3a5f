-- Generated from the declarations in packages/core/src/tables.ts. Review it, then never change it again.

CREATE TABLE "users" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C",
  "email" text COLLATE "C",
  "defaultOrganizationId" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "users$key" PRIMARY KEY ("$tenant", "id"),
  CONSTRAINT "users$unique$email" UNIQUE ("$tenant", "email")
);

ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "users" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "users" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE TABLE "sessions" (
  "$tenant" text COLLATE "C" NOT NULL,
  "secretHash" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C",
  "userId" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "lastUsedAt" text COLLATE "C",
  "userAgent" text COLLATE "C",
  "expiresAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "sessions$key" PRIMARY KEY ("$tenant", "secretHash"),
  CONSTRAINT "sessions$unique$id" UNIQUE ("$tenant", "id")
);

ALTER TABLE "sessions" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "sessions" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "sessions" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "sessions$by$byUser" ON "sessions" ("$tenant", "userId", "createdAt", "secretHash");

CREATE INDEX "sessions$expires" ON "sessions" ("$tenant", "$expires") WHERE "$expires" IS NOT NULL;

CREATE TABLE "sign_in_links" (
  "$tenant" text COLLATE "C" NOT NULL,
  "secretHash" text COLLATE "C" NOT NULL,
  "userId" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "expiresAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "sign_in_links$key" PRIMARY KEY ("$tenant", "secretHash")
);

ALTER TABLE "sign_in_links" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "sign_in_links" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "sign_in_links" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "sign_in_links$expires" ON "sign_in_links" ("$tenant", "$expires") WHERE "$expires" IS NOT NULL;

CREATE TABLE "socket_tickets" (
  "$tenant" text COLLATE "C" NOT NULL,
  "secretHash" text COLLATE "C" NOT NULL,
  "userId" text COLLATE "C",
  "by" json,
  "scopes" json,
  "expiresAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "socket_tickets$key" PRIMARY KEY ("$tenant", "secretHash")
);

ALTER TABLE "socket_tickets" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "socket_tickets" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "socket_tickets" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "socket_tickets$expires" ON "socket_tickets" ("$tenant", "$expires") WHERE "$expires" IS NOT NULL;

CREATE TABLE "api_keys" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "userId" text COLLATE "C",
  "name" text COLLATE "C",
  "secretHash" text COLLATE "C",
  "scopes" json,
  "createdAt" text COLLATE "C",
  "lastUsedAt" text COLLATE "C",
  "expiresAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "api_keys$key" PRIMARY KEY ("$tenant", "id")
);

ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "api_keys" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "api_keys" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "api_keys$by$byUser" ON "api_keys" ("$tenant", "userId", "createdAt", "id");

CREATE TABLE "settings" (
  "$tenant" text COLLATE "C" NOT NULL,
  "userId" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "value" json,
  "updatedAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "settings$key" PRIMARY KEY ("$tenant", "userId", "name")
);

ALTER TABLE "settings" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "settings" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "settings" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE TABLE "idempotency_keys" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "fingerprint" text COLLATE "C",
  "status" double precision,
  "etag" text COLLATE "C",
  "location" text COLLATE "C",
  "body" text COLLATE "C",
  "sealed" text COLLATE "C",
  "expiresAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "idempotency_keys$key" PRIMARY KEY ("$tenant", "id")
);

ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "idempotency_keys" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "idempotency_keys" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "idempotency_keys$expires" ON "idempotency_keys" ("$tenant", "$expires") WHERE "$expires" IS NOT NULL;

CREATE TABLE "organizations" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C",
  "createdBy" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "organizations$key" PRIMARY KEY ("$tenant", "id")
);

ALTER TABLE "organizations" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "organizations" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "organizations" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE TABLE "memberships" (
  "$tenant" text COLLATE "C" NOT NULL,
  "organizationId" text COLLATE "C" NOT NULL,
  "userId" text COLLATE "C" NOT NULL,
  "role" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "memberships$key" PRIMARY KEY ("$tenant", "organizationId", "userId")
);

ALTER TABLE "memberships" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "memberships" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "memberships" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "memberships$by$byUser" ON "memberships" ("$tenant", "userId", "organizationId");

CREATE TABLE "invitations" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "organizationId" text COLLATE "C",
  "email" text COLLATE "C",
  "code" text COLLATE "C",
  "role" text COLLATE "C",
  "status" text COLLATE "C",
  "invitedBy" text COLLATE "C",
  "acceptedBy" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "expiresAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "invitations$key" PRIMARY KEY ("$tenant", "id"),
  CONSTRAINT "invitations$unique$code" UNIQUE ("$tenant", "code")
);

ALTER TABLE "invitations" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "invitations" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "invitations" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "invitations$by$byOrganization" ON "invitations" ("$tenant", "organizationId", "createdAt", "id");

CREATE INDEX "invitations$expires" ON "invitations" ("$tenant", "$expires") WHERE "$expires" IS NOT NULL;

CREATE TABLE "agents" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "organizationId" text COLLATE "C",
  "name" text COLLATE "C",
  "description" text COLLATE "C",
  "instructions" text COLLATE "C",
  "model" text COLLATE "C",
  "tools" json,
  "skillIds" json,
  "maxSteps" double precision,
  "createdBy" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "updatedAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "agents$key" PRIMARY KEY ("$tenant", "id")
);

ALTER TABLE "agents" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "agents" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "agents" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "agents$by$byOrganization" ON "agents" ("$tenant", "organizationId", "createdAt", "id");

CREATE TABLE "skills" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "organizationId" text COLLATE "C",
  "name" text COLLATE "C",
  "description" text COLLATE "C",
  "content" text COLLATE "C",
  "createdBy" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "updatedAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "skills$key" PRIMARY KEY ("$tenant", "id")
);

ALTER TABLE "skills" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "skills" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "skills" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "skills$by$byOrganization" ON "skills" ("$tenant", "organizationId", "createdAt", "id");

CREATE TABLE "conversations" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "organizationId" text COLLATE "C",
  "title" text COLLATE "C",
  "createdBy" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "conversations$key" PRIMARY KEY ("$tenant", "id")
);

ALTER TABLE "conversations" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "conversations" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "conversations" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "conversations$by$byOrganization" ON "conversations" ("$tenant", "organizationId", "createdAt", "id");

CREATE TABLE "participants" (
  "$tenant" text COLLATE "C" NOT NULL,
  "conversationId" text COLLATE "C" NOT NULL,
  "participantId" text COLLATE "C" NOT NULL,
  "kind" text COLLATE "C",
  "organizationId" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "participants$key" PRIMARY KEY ("$tenant", "conversationId", "participantId")
);

ALTER TABLE "participants" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "participants" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "participants" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "participants$by$byParticipant" ON "participants" ("$tenant", "participantId", "organizationId", "conversationId");

CREATE TABLE "messages" (
  "$tenant" text COLLATE "C" NOT NULL,
  "conversationId" text COLLATE "C" NOT NULL,
  "sequence" double precision NOT NULL,
  "author" json,
  "text" text COLLATE "C",
  "status" text COLLATE "C",
  "error" json,
  "toolUses" json,
  "attachments" json,
  "replyTo" double precision,
  "model" text COLLATE "C",
  "usage" json,
  "createdAt" text COLLATE "C",
  "waitsFor" text COLLATE "C",
  "attempt" double precision,
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  "$words" tsvector,
  CONSTRAINT "messages$key" PRIMARY KEY ("$tenant", "conversationId", "sequence")
);

ALTER TABLE "messages" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "messages" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "messages" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "messages$by$recent" ON "messages" ("$tenant", "createdAt", "conversationId", "sequence");

CREATE INDEX "messages$scope" ON "messages" ("$tenant", "conversationId", "createdAt", "sequence");

CREATE INDEX "messages$words" ON "messages" USING gin ("$words") WITH (gin_pending_list_limit = 256);

CREATE INDEX "messages$wordless" ON "messages" ("$tenant") WHERE "$words" IS NULL;

CREATE TABLE "messages$search" (
  "$tenant" text COLLATE "C" NOT NULL,
  "conversationId" text COLLATE "C",
  "sequence" double precision,
  "createdAt" text COLLATE "C",
  "$expires" bigint,
  "$words" tsvector,
  CHECK (false) NO INHERIT
);

ALTER TABLE "messages$search" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "messages$search" FORCE ROW LEVEL SECURITY;

CREATE POLICY "search" ON "messages$search" FOR SELECT USING ("$tenant" = current_setting('aloft.tenant', true) AND "$words" @@ NULLIF(current_setting('aloft.words', true), '')::tsquery);

ALTER TABLE "messages" INHERIT "messages$search";

CREATE TABLE "attachments" (
  "$tenant" text COLLATE "C" NOT NULL,
  "conversationId" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "organizationId" text COLLATE "C",
  "uploadedBy" text COLLATE "C",
  "name" text COLLATE "C",
  "contentType" text COLLATE "C",
  "sizeBytes" double precision,
  "sha256" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "unusedShard" text COLLATE "C",
  "expiresAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "attachments$key" PRIMARY KEY ("$tenant", "conversationId", "id")
);

ALTER TABLE "attachments" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "attachments" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "attachments" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "attachments$by$unused" ON "attachments" ("$tenant", "unusedShard", "expiresAt", "conversationId", "id") WHERE "unusedShard" IS NOT NULL AND "expiresAt" IS NOT NULL;

CREATE TABLE "servers" (
  "$tenant" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "startedAt" text COLLATE "C",
  "leaseUntil" text COLLATE "C",
  "waitingSince" text COLLATE "C",
  "settledBy" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "servers$key" PRIMARY KEY ("$tenant", "id")
);

ALTER TABLE "servers" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "servers" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "servers" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "servers$by$all" ON "servers" ("$tenant", "startedAt", "id");

CREATE TABLE "notifications" (
  "$tenant" text COLLATE "C" NOT NULL,
  "userId" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "kind" text COLLATE "C",
  "title" text COLLATE "C",
  "path" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "readAt" text COLLATE "C",
  "expiresAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "notifications$key" PRIMARY KEY ("$tenant", "userId", "id")
);

ALTER TABLE "notifications" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "notifications" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "notifications" USING ("$tenant" = current_setting('aloft.tenant', true));

CREATE INDEX "notifications$expires" ON "notifications" ("$tenant", "$expires") WHERE "$expires" IS NOT NULL;

CREATE TABLE "audit_events" (
  "$tenant" text COLLATE "C" NOT NULL,
  "organizationId" text COLLATE "C" NOT NULL,
  "id" text COLLATE "C" NOT NULL,
  "actor" json,
  "action" text COLLATE "C",
  "target" text COLLATE "C",
  "createdAt" text COLLATE "C",
  "$version" bigint NOT NULL,
  "$expires" bigint,
  "$rest" json,
  CONSTRAINT "audit_events$key" PRIMARY KEY ("$tenant", "organizationId", "id")
);

ALTER TABLE "audit_events" ENABLE ROW LEVEL SECURITY;

ALTER TABLE "audit_events" FORCE ROW LEVEL SECURITY;

CREATE POLICY "tenant" ON "audit_events" USING ("$tenant" = current_setting('aloft.tenant', true));
