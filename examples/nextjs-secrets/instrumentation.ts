export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { startWithSecrets } = await import("./secrets");
  await startWithSecrets();
}
