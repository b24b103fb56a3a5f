// Generated from spec/openapi.json by scripts/generate-client.mjs. Do not edit.

export interface paths {
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The public keys that tokens of this server are verified by
         * @description Also the next key, before it signs, and the ones before, while a token of theirs may be valid.
         */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The agents of an organization, newest first */
        get: operations["listAgents"];
        put?: never;
        /** Create an agent */
        post: operations["createAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One agent */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        /** Delete an agent; what it said stays */
        delete: operations["deleteAgent"];
        options?: never;
        head?: never;
        /**
         * Change an agent
         * @description What is not given stays. Running turns go on as they began.
         */
        patch: operations["updateAgent"];
        trace?: never;
    };
    "/api/v1/blobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download by a signed URL
         * @description The query is the signature's: use the URL as it was given. With S3, signed URLs lead there instead.
         */
        get: operations["getSignedBlob"];
        /**
         * Upload by a signed URL
         * @description Send the headers that were given with the URL. With S3, signed URLs lead there instead.
         */
        put: operations["putSignedBlob"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The conversations you take part in, newest first */
        get: operations["listConversations"];
        put?: never;
        /** Begin a conversation with agents and users */
        post: operations["createConversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One conversation and who takes part */
        get: operations["getConversation"];
        put?: never;
        post?: never;
        /**
         * Delete a conversation you began, with its messages
         * @description Once whoever began it has left, any user who takes part may delete it.
         */
        delete: operations["deleteConversation"];
        options?: never;
        head?: never;
        /** Rename a conversation */
        patch: operations["updateConversation"];
        trace?: never;
    };
    "/api/v1/conversations/{id}/attachments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a file, to go with a message
         * @description The body is the file itself. What it is, its first bytes tell; Content-Type only tells one text, or one office document, from another. Send the answer's `id` among a message's `attachmentIds` within 24 hours, or it goes. With `Content-Digest: sha-256=:…:` other bytes are refused. An Idempotency-Key covers name, type, length and digest: send the digest, and it covers the bytes too.
         */
        post: operations["uploadAttachment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/attachments/{attachmentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An attached file
         * @description Ranges and If-None-Match are understood. Raster images may be shown by a browser; everything else is to be saved, and HTML, SVG, XML and scripts come as application/octet-stream.
         */
        get: operations["getAttachment"];
        put?: never;
        post?: never;
        /** Remove a file that you uploaded and did not send */
        delete: operations["deleteAttachment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop the reply under way
         * @description What had arrived of it is kept, as a cancelled message.
         */
        post: operations["cancelTurn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens in a conversation, as it happens (server-sent events)
         * @description Resume with the `Last-Event-ID` header, or `after`: what came since is sent first, nothing twice. Without either the stream begins now. A reader who falls more than 1 MB behind is cut off, and resumes the same way.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The messages of a conversation, newest first */
        get: operations["listMessages"];
        put?: never;
        /**
         * Say something; agents that take part reply
         * @description The answer is the stored message. The reply arrives as events and, when it is whole, as a message.
         */
        post: operations["postMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages/{sequence}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One message */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages/{sequence}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask again for a reply
         * @description Name a reply that failed or was cancelled, or a message of a user. The new reply is a new message.
         */
        post: operations["retryMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/participants/{participantId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Let a user or an agent take part */
        put: operations["addParticipant"];
        post?: never;
        /**
         * Remove a user or an agent, or leave
         * @description A conversation goes, with its messages, when its last user leaves.
         */
        delete: operations["removeParticipant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an invitation is to, before accepting it */
        get: operations["readInvitation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{code}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation
         * @description Signed in, you join. Not signed in, give a name: an account is made, joins, and is signed in by the answer's cookie.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your API keys, newest first */
        get: operations["listKeys"];
        put?: never;
        /** Create an API key, shown once */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API key, at once */
        delete: operations["deleteKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who you are, and your organizations */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change your name or e-mail address */
        patch: operations["updateMe"];
        trace?: never;
    };
    "/api/v1/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where you are signed in */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign out somewhere else */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your settings, by name */
        get: operations["listSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/settings/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Create or replace one of your settings
         * @description The value is any JSON of up to 16 KB. What settings mean is up to the program that keeps them.
         */
        put: operations["putSetting"];
        post?: never;
        /** Delete one of your settings */
        delete: operations["deleteSetting"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/sign-in-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A one-time link that signs you in on another browser
         * @description It works once, within 15 minutes. Whoever opens it is you: hand it to nobody.
         */
        post: operations["createSignInLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Messages that hold all of the words
         * @description Searches the conversations you take part in, and tells the newest first. Case and accents do not matter.
         */
        get: operations["searchMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The models that this server is configured for, the default first */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What you were told, newest first */
        get: operations["listNotifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Mark a notification as read or unread */
        patch: operations["markNotification"];
        trace?: never;
    };
    "/api/v1/notifications/read-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark all notifications as read */
        post: operations["markAllRead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The organizations you are a member of */
        get: operations["listOrganizations"];
        put?: never;
        /** Create an organization, with you as its owner */
        post: operations["createOrganization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of your organizations */
        get: operations["getOrganization"];
        put?: never;
        post?: never;
        /** Delete an organization and all it holds */
        delete: operations["deleteOrganization"];
        options?: never;
        head?: never;
        /** Rename an organization */
        patch: operations["updateOrganization"];
        trace?: never;
    };
    "/api/v1/organizations/{id}/audit-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who did what, newest first
         * @description For owners and admins.
         */
        get: operations["listAuditEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{id}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Invitations, newest first */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Invite somebody
         * @description The answer holds the link to hand over. It works once, within 7 days.
         */
        post: operations["createInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{id}/invitations/{invitationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an invitation */
        delete: operations["revokeInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is a member, and in which role */
        get: operations["listMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{id}/members/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a member, or leave */
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        /**
         * Change a member's role
         * @description Owners change any role; admins those of admins and members. An organization always has an owner.
         */
        patch: operations["changeRole"];
        trace?: never;
    };
    "/api/v1/skills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The skills of an organization, newest first */
        get: operations["listSkills"];
        put?: never;
        /** Create a skill */
        post: operations["createSkill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/skills/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One skill */
        get: operations["getSkill"];
        put?: never;
        post?: never;
        /** Delete a skill; agents go on without it */
        delete: operations["deleteSkill"];
        options?: never;
        head?: never;
        /** Change a skill */
        patch: operations["updateSkill"];
        trace?: never;
    };
    "/api/v1/socket-tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A ticket that opens one WebSocket within 30 seconds */
        post: operations["createSocketTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tools that agents can be given */
        get: operations["listTools"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Spend a sign-in link: sets the session cookie and shows the console */
        get: operations["openSignInLink"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/page.css": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Style of the sign-in pages */
        get: operations["pageCss"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End this session */
        post: operations["signOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Agent: {
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            description: string;
            id: string;
            instructions: string;
            maxSteps: number;
            model?: string;
            name: string;
            organizationId: string;
            skillIds: string[];
            tools: string[];
            /** Format: date-time */
            updatedAt: string;
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        ApiKey: {
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt?: string;
            id: string;
            /** Format: date-time */
            lastUsedAt?: string;
            name: string;
            scopes: ("agents:read" | "agents:write" | "conversations:read" | "conversations:write" | "organizations:read" | "organizations:write" | "profile:read" | "profile:write" | "keys:read" | "keys:write")[];
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Attachment: {
            contentType: string;
            conversationId: string;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description Until a message has it: when it goes.
             */
            expiresAt?: string;
            id: string;
            name: string;
            /** @description Of its bytes, as 64 hex digits. */
            sha256: string;
            sizeBytes: number;
            uploadedBy: string;
        };
        AuditEvent: {
            action: string;
            actor: {
                /** @enum {string} */
                by: "session" | "key";
                byId: string;
                userId: string;
            };
            /** Format: date-time */
            createdAt: string;
            id: string;
            organizationId: string;
            target: string;
        };
        Conversation: {
            /** @description Sequence of the message being answered now. */
            activeTurn: number | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            id: string;
            organizationId: string;
            participants: components["schemas"]["Participant"][];
            title: string;
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        CreatedApiKey: {
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt?: string;
            id: string;
            /** @description The key itself: shown this once, kept nowhere. */
            key: string;
            /** Format: date-time */
            lastUsedAt?: string;
            name: string;
            scopes: ("agents:read" | "agents:write" | "conversations:read" | "conversations:write" | "organizations:read" | "organizations:write" | "profile:read" | "profile:write" | "keys:read" | "keys:write")[];
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Invitation: {
            acceptedBy?: string;
            code: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: email */
            email?: string;
            /** Format: date-time */
            expiresAt: string;
            id: string;
            invitedBy: string;
            organizationId: string;
            /** @enum {string} */
            role: "admin" | "member";
            /** @enum {string} */
            status: "pending" | "accepted" | "revoked";
            /**
             * Format: uri
             * @description Where the person invited accepts. Whoever has it may.
             */
            url: string;
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Me: {
            /** Format: date-time */
            createdAt: string;
            defaultOrganizationId: string;
            /** Format: email */
            email?: string;
            id: string;
            name: string;
            organizations: {
                id: string;
                name: string;
                /** @enum {string} */
                role: "owner" | "admin" | "member";
            }[];
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Member: {
            /** Format: date-time */
            createdAt: string;
            /** Format: email */
            email?: string;
            name: string;
            organizationId: string;
            /** @enum {string} */
            role: "owner" | "admin" | "member";
            userId: string;
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Membership: {
            /** Format: date-time */
            createdAt: string;
            organizationId: string;
            /** @enum {string} */
            role: "owner" | "admin" | "member";
            userId: string;
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Message: {
            attachments?: {
                contentType: string;
                id: string;
                name: string;
                sizeBytes: number;
            }[];
            author: {
                id: string;
                /** @enum {string} */
                kind: "user" | "agent" | "system";
                name: string;
            };
            conversationId: string;
            /** Format: date-time */
            createdAt: string;
            error?: {
                code: string;
                message: string;
            };
            model?: string;
            /** @description Whether a reply to it is under way or waits its turn. */
            pending: boolean;
            replyTo?: number;
            sequence: number;
            /** @enum {string} */
            status: "complete" | "failed" | "cancelled";
            text: string;
            toolUses?: {
                id: string;
                input: components["schemas"]["Recursive1"];
                isError?: boolean;
                name: string;
                output?: components["schemas"]["Recursive1"];
            }[];
            usage?: {
                inputTokens: number;
                outputTokens: number;
            };
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Notification: {
            /** Format: date-time */
            createdAt: string;
            id: string;
            /** @enum {string} */
            kind: "invitation.accepted" | "member.removed" | "member.role_changed" | "conversation.added" | "turn.failed";
            path?: string;
            /** Format: date-time */
            readAt?: string;
            title: string;
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Organization: {
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            id: string;
            name: string;
            /** @enum {string} */
            role: "owner" | "admin" | "member";
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Participant: {
            id: string;
            /** @enum {string} */
            kind: "user" | "agent";
            name: string;
        };
        /** @description What went wrong. `code` is stable; `detail` is for people. */
        Problem: {
            /** @example not_found */
            code: string;
            detail: string;
            /** @description Every fault of the request, by where it is. */
            errors?: {
                message: string;
                /** @example body.name */
                path: string;
            }[];
            /** @description Names this request in the server's log. */
            requestId: string;
            status: number;
            title: string;
            /** @example /problems/not_found */
            type: string;
        };
        Recursive1: unknown;
        Session: {
            /** Format: date-time */
            createdAt: string;
            /** @description Whether it is the one that asks. */
            current: boolean;
            /** Format: date-time */
            expiresAt: string;
            id: string;
            /** Format: date-time */
            lastUsedAt: string;
            userAgent?: string;
            userId: string;
        };
        Setting: {
            name: string;
            /** Format: date-time */
            updatedAt: string;
            value: components["schemas"]["Recursive1"];
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
        Skill: {
            content: string;
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            description: string;
            id: string;
            name: string;
            organizationId: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Rises with every change. Also the ETag. */
            version: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The public keys that tokens of this server are verified by */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: {
                            /** @constant */
                            alg: "EdDSA";
                            /** @constant */
                            crv: "Ed25519";
                            kid: string;
                            /** @constant */
                            kty: "OKP";
                            /** @constant */
                            use: "sig";
                            x: string;
                        }[];
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    listAgents: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
                /** @description Default: your own organization. */
                organizationId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The agents of an organization, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Agent"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    createAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default  */
                    description?: string;
                    /**
                     * @description The system prompt.
                     * @default
                     */
                    instructions?: string;
                    /**
                     * @description Calls to the model within one reply.
                     * @default 5
                     */
                    maxSteps?: number;
                    /**
                     * @description `provider/model` of GET /models; null: the server's default.
                     * @default null
                     * @example anthropic/claude-sonnet-5-5
                     */
                    model?: string | null;
                    name: string;
                    organizationId?: string;
                    /** @default [] */
                    skillIds?: string[];
                    /**
                     * @description Names of GET /tools.
                     * @default []
                     */
                    tools?: string[];
                };
            };
        };
        responses: {
            /** @description Create an agent */
            201: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One agent */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    deleteAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    updateAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string;
                    /** @description The system prompt. */
                    instructions?: string;
                    /** @description Calls to the model within one reply. */
                    maxSteps?: number;
                    /**
                     * @description `provider/model` of GET /models; null: the server's default.
                     * @example anthropic/claude-sonnet-5-5
                     */
                    model?: string | null;
                    name?: string;
                    skillIds?: string[];
                    /** @description Names of GET /tools. */
                    tools?: string[];
                };
            };
        };
        responses: {
            /** @description Change an agent */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    getSignedBlob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Download by a signed URL */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    putSignedBlob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Upload by a signed URL */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description `cross_site_request`: The request comes from another site. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "cross_site_request";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listConversations: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
                /** @description Default: your own organization. */
                organizationId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversations you take part in, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Conversation"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    createConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default [] */
                    agentIds?: string[];
                    organizationId?: string;
                    /** @description Default: the names of its agents. */
                    title?: string;
                    /** @default [] */
                    userIds?: string[];
                };
            };
        };
        responses: {
            /** @description Begin a conversation with agents and users */
            201: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    getConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One conversation and who takes part */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    deleteConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    updateConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    title?: string;
                };
            };
        };
        responses: {
            /** @description Rename a conversation */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    uploadAttachment: {
        parameters: {
            query: {
                /** @description The file's name, without a path. */
                name: string;
            };
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Upload a file, to go with a message */
            201: {
                headers: {
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attachment"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: The request took too long to arrive. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `too_large`: It is too large to store. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    getAttachment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                attachmentId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An attached file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `range_not_satisfiable`: There are no such bytes. */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "range_not_satisfiable";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    deleteAttachment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                attachmentId: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    cancelTurn: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Stop the reply under way */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        cancelled: boolean;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description An event's id, or a message's sequence. */
                after?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What happens in a conversation, as it happens (server-sent events) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
                order?: "asc" | "desc";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The messages of a conversation, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Message"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    postMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Of files that you uploaded to this conversation, and that no message has yet.
                     * @default []
                     */
                    attachmentIds?: string[];
                    text: string;
                };
            };
        };
        responses: {
            /** @description Say something; agents that take part reply */
            201: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /**
             * @description `rate_limited`: Too many requests.
             *
             *     `too_many_turns`: Too many replies are under way.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited" | "too_many_turns";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    getMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                sequence: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One message */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    retryMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                sequence: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ask again for a reply */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        turn: number;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /**
             * @description `rate_limited`: Too many requests.
             *
             *     `too_many_turns`: Too many replies are under way.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited" | "too_many_turns";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    addParticipant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                participantId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Let a user or an agent take part */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    removeParticipant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                participantId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    readInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What an invitation is to, before accepting it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                        invitedBy: string;
                        organizationName: string;
                        /** @enum {string} */
                        role: "admin" | "member";
                    };
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Of the new account; not used when signed in. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Accept an invitation */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "key_expired";
                    };
                };
            };
            /**
             * @description `cross_site_request`: The request comes from another site.
             *
             *     `forbidden`: Not allowed.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your API keys, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ApiKey"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Default: it does not expire. */
                    expiresInDays?: number;
                    name: string;
                    /** @description What the key may do. No key can be given more than the one who makes it has. */
                    scopes: ("agents:read" | "agents:write" | "conversations:read" | "conversations:write" | "organizations:read" | "organizations:write" | "profile:read" | "profile:write" | "keys:read" | "keys:write")[];
                };
            };
        };
        responses: {
            /** @description Create an API key, shown once */
            201: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    deleteKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who you are, and your organizations */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    updateMe: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email?: string | null;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Change your name or e-mail address */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where you are signed in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Session"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `session_required`: Only a signed-in person may do this.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "session_required";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `session_required`: Only a signed-in person may do this.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "session_required" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listSettings: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your settings, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Setting"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    putSetting: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    value: components["schemas"]["Recursive1"];
                };
            };
        };
        responses: {
            /** @description Create or replace one of your settings */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setting"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    deleteSetting: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    createSignInLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A one-time link that signs you in on another browser */
            201: {
                headers: {
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                        /** Format: uri */
                        url: string;
                    };
                };
            };
            /** @description `invalid_idempotency_key`: The Idempotency-Key cannot be used. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `session_required`: Only a signed-in person may do this.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "session_required" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    searchMessages: {
        parameters: {
            query: {
                conversationId?: string;
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Messages that hold all of the words */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            conversationId: string;
                            conversationTitle: string;
                            message: components["schemas"]["Message"];
                            snippet: {
                                /** @description Where the words stand in the text: from, and up to but not including, in UTF-16 units. */
                                highlights: [
                                    number,
                                    number
                                ][];
                                text: string;
                            };
                        }[];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models that this server is configured for, the default first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            id: string;
                            isDefault: boolean;
                            provider: string;
                        }[];
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    listNotifications: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What you were told, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Notification"][];
                        next: string | null;
                        previous: string | null;
                        /** @description Unread among the newest 100. */
                        unread: number;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    markNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    read: boolean;
                };
            };
        };
        responses: {
            /** @description Mark a notification as read or unread */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notification"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    markAllRead: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_idempotency_key`: The Idempotency-Key cannot be used. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listOrganizations: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organizations you are a member of */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Organization"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    createOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                };
            };
        };
        responses: {
            /** @description Create an organization, with you as its owner */
            201: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    getOrganization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One of your organizations */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    deleteOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    updateOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Rename an organization */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listAuditEvents: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who did what, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditEvent"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Invitations, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Invitation"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    createInvitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email?: string;
                    /**
                     * @default member
                     * @enum {string}
                     */
                    role?: "admin" | "member";
                };
            };
        };
        responses: {
            /** @description Invite somebody */
            201: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    revokeInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                invitationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listMembers: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is a member, and in which role */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Member"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    removeMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    changeRole: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    role: "owner" | "admin" | "member";
                };
            };
        };
        responses: {
            /** @description Change a member's role */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listSkills: {
        parameters: {
            query?: {
                /** @description `next` or `previous` of a page of this list. Opaque: do not take it apart. */
                cursor?: string;
                /** @description Items on the page. */
                limit?: number;
                /** @description Default: your own organization. */
                organizationId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The skills of an organization, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Skill"][];
                        next: string | null;
                        previous: string | null;
                    };
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `invalid_cursor`: The cursor is not one of this list's.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "invalid_cursor";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    createSkill: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Added to the instructions of agents that have the skill. */
                    content: string;
                    /** @default  */
                    description?: string;
                    name: string;
                    organizationId?: string;
                };
            };
        };
        responses: {
            /** @description Create a skill */
            201: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Skill"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             *
             *     `invalid_idempotency_key`: The Idempotency-Key cannot be used.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body" | "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    getSkill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One skill */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Skill"];
                };
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    deleteSkill: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    updateSkill: {
        parameters: {
            query?: never;
            header?: {
                /** @description The version to change, as its ETag said. If it has changed since: 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Added to the instructions of agents that have the skill. */
                    content?: string;
                    description?: string;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Change a skill */
            200: {
                headers: {
                    /** @description The version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Skill"];
                };
            };
            /**
             * @description `invalid_request`: The request does not fit what this operation takes.
             *
             *     `malformed_body`: The body is not JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request" | "malformed_body";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope" | "cross_site_request";
                    };
                };
            };
            /** @description `not_found`: There is no such thing, or you may not see it. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `precondition_failed`: It was changed since you read it. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    };
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description `unsupported_media_type`: The body is of a type that is not taken here. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    createSocketTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A ticket that opens one WebSocket within 30 seconds */
            201: {
                headers: {
                    /** @description Where it is. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                        ticket: string;
                        url: string;
                    };
                };
            };
            /** @description `invalid_idempotency_key`: The Idempotency-Key cannot be used. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /** @description `cross_site_request`: The request comes from another site. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
    listTools: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tools that agents can be given */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            description: string;
                            name: string;
                        }[];
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `insufficient_scope`: The API key lacks a scope.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "insufficient_scope";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    openSignInLink: {
        parameters: {
            query: {
                token: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Spend a sign-in link: sets the session cookie and shows the console */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request does not fit what this operation takes. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_request";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    pageCss: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Style of the sign-in pages */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/css": string;
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable";
                    };
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request, the same effect and answer, for 24 hours. A UUID does well. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_idempotency_key`: The Idempotency-Key cannot be used. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid_idempotency_key";
                    };
                };
            };
            /**
             * @description `unauthenticated`: Sign in, or give an API key.
             *
             *     `session_expired`: The session is over.
             *
             *     `key_expired`: The API key has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated" | "session_expired" | "key_expired";
                    };
                };
            };
            /**
             * @description `forbidden`: Not allowed.
             *
             *     `session_required`: Only a signed-in person may do this.
             *
             *     `cross_site_request`: The request comes from another site.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forbidden" | "session_required" | "cross_site_request";
                    };
                };
            };
            /** @description `conflict`: It conflicts with what is there. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "conflict";
                    };
                };
            };
            /** @description `idempotency_key_reused`: The Idempotency-Key was used for another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused";
                    };
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    };
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /**
             * @description `overloaded`: The server is busy.
             *
             *     `unavailable`: What the server relies on cannot be reached.
             *
             *     `throttled`: What the server relies on asks to slow down.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "overloaded" | "unavailable" | "throttled";
                    };
                };
            };
            /** @description `storage_full`: There is no room to store it. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "storage_full";
                    };
                };
            };
        };
    };
}
