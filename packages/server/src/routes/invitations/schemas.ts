import { memberships } from "@aloft/core/organizations/tables";
import { z } from "zod";
import { version } from "../common.ts";

export const codeParams = z.object({ code: z.string().min(1).max(100) });
export const acceptance = memberships.item.extend({ version }).meta({ id: "Membership" });
