import { sessions, settings, users } from "@aloft/core/identity/tables";
import { role } from "@aloft/core/organizations/tables";
import { id, name } from "@aloft/core/values";
import { z } from "zod";
import { version } from "../common.ts";

export const me = users.item
  .extend({
    version,
    organizations: z.array(z.object({ id, name, role })),
  })
  .meta({ id: "Me" });

export const session = sessions.item
  .omit({ secretHash: true })
  .extend({
    current: z.boolean().meta({ description: "Whether it is the one that asks." }),
  })
  .meta({ id: "Session" });

export const setting = settings.item.omit({ userId: true }).extend({ version }).meta({ id: "Setting" });
export const settingParams = settings.item.pick({ name: true });
