import { createSocketTicket as create } from "@aloft/core/identity/socket-tickets";
import { timestamp } from "@aloft/core/values";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";

export const createSocketTicket = defineRoute({
  method: "POST",
  path: "/api/v1/socket-tickets",
  operationId: "createSocketTicket",
  summary: "A ticket that opens one WebSocket within 30 seconds",
  tag: "Events",
  scope: "any",
  showsSecret: true,
  response: { status: 201, schema: z.object({ ticket: z.string(), expiresAt: timestamp, url: z.string() }) },
  async handler({ context, origin }) {
    const made = await create(context);
    return { ...made, url: `${origin.replace(/^http/, "ws")}/ws?ticket=${made.ticket}` };
  },
});
