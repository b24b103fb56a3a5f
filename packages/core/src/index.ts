export type { AnyTable, Item, KeyOf, Stored, Table } from "./tables/define-table.ts";
export { defineTable } from "./tables/define-table.ts";
export type { Condition, Change, Operation, Page, Query, Range, SearchQuery, Store } from "./ports/store.ts";
export { op, storeLimits } from "./ports/store.ts";
export type { Models, ModelEvent, ModelInfo, ModelMessage, ModelRequest } from "./ports/models.ts";
export { ModelError } from "./ports/models.ts";
export {
  AloftError,
  ConflictError,
  ForbiddenError,
  IncompatibleError,
  InvalidCursorError,
  InvalidError,
  NotFoundError,
  StorageFullError,
  ThrottledError,
  TooLargeError,
  UnauthenticatedError,
  UnavailableError,
} from "./errors.ts";
