import { storeContract } from "@aloft/core/contract/store";
import { describe } from "vitest";
import { service } from "../../../../test/support/services.ts";
import { available } from "../../../../test/support/skip.ts";
import { openTestDynamodb } from "../../src/store/testing/dynamodb.ts";

const here = await available("DynamoDB Local", () => service("dynamodb"));

describe.runIf(here)("on DynamoDB Local", () => {
  storeContract("dynamodb", async (options) => openTestDynamodb((await service("dynamodb")).url, options));
});
