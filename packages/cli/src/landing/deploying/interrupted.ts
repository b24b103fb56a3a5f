/** Whether somebody stopped a deployment. */
export function isInterrupted(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "interrupted";
}
