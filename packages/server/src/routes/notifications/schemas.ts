import { notifications } from "@aloft/core/notices/tables";
import { version } from "../common.ts";

export const notification = notifications.item
  .omit({ userId: true, expiresAt: true })
  .extend({ version })
  .meta({ id: "Notification" });
