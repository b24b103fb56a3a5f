export * as errors from "./errors.ts";
