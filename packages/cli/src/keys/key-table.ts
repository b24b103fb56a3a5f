import { scopes as allScopes } from "@aloft/core/context";
import type { Paint } from "../io.ts";
import type { PresentedKey } from "./present-key.ts";

export function keyTable(keys: readonly PresentedKey[], now: Date, paint: Paint): string {
  if (keys.length === 0) return "There are no keys. Make one with: aloft key create --name <text>\n";
  const head = ["ID", "NAME", "CREATED", "LAST USED", "EXPIRES", "SCOPES"];
  const rows = keys.map((key) => [
    key.id,
    key.name,
    day(key.createdAt),
    key.lastUsedAt === undefined ? "never" : day(key.lastUsedAt),
    expiry(key.expiresAt, now),
    key.scopes.length === allScopes.length ? "all" : key.scopes.join(","),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [paint("bold", line(head)), ...rows.map(line), ""].join("\n");
}

function expiry(expiresAt: string | undefined, now: Date): string {
  if (expiresAt === undefined) return "never";
  return expiresAt <= now.toISOString() ? "expired" : day(expiresAt);
}

function day(timestamp: string): string {
  return timestamp.slice(0, 10);
}
