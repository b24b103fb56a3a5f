import { putSetting as put } from "@aloft/core/identity/settings";
import { z } from "zod";
import { defineRoute } from "../../http/route.ts";
import { setting, settingParams } from "./schemas.ts";

const maxSettingBytes = 16_384;

export const putSetting = defineRoute({
  method: "PUT",
  path: "/api/v1/me/settings/{name}",
  operationId: "putSetting",
  summary: "Create or replace one of your settings",
  description: "The value is any JSON of up to 16 KB. What settings mean is up to the program that keeps them.",
  tag: "Me",
  scope: "profile:write",
  versioned: true,
  params: settingParams,
  body: z.object({
    value: z.json().refine((value) => JSON.stringify(value).length <= maxSettingBytes, "must be 16 KB or less"),
  }),
  response: { status: 200, schema: setting },
  handler: ({ context, params, body, ifMatch }) => put(context, params.name, body.value, ifMatch),
});
