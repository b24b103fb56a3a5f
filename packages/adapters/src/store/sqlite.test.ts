import { storeContract } from "@aloft/core/contract/store";
import { openTemporary } from "./sqlite-testing.ts";

storeContract("sqlite", openTemporary);
