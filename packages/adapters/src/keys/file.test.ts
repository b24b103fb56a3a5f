import { keysContract } from "@aloft/core/contract/keys";
import { openTemporaryKeys } from "./testing/temporary-key-file.ts";

keysContract("file", openTemporaryKeys);
