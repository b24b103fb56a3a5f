import { scopes } from "@aloft/core/context";
import { apiKeys } from "@aloft/core/identity/tables";
import { name } from "@aloft/core/values";
import { z } from "zod";
import { version } from "../common.ts";

export const apiKey = apiKeys.item.omit({ secretHash: true, userId: true }).extend({ version }).meta({ id: "ApiKey" });

export const createdApiKey = apiKey
  .extend({
    key: z.string().meta({ description: "The key itself: shown this once, kept nowhere." }),
  })
  .meta({ id: "CreatedApiKey" });

export const newApiKey = z.object({
  name,
  scopes: z
    .array(z.enum(scopes))
    .min(1)
    .meta({ description: "What the key may do. No key can be given more than the one who makes it has." }),
  expiresInDays: z.number().int().min(1).max(3650).optional().meta({ description: "Default: it does not expire." }),
});
