import { storeContract } from "@aloft/core/contract/store";
import { openTemporary } from "./testing/temporary-store.ts";

storeContract("sqlite", openTemporary);
