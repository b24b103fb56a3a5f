/** The address that spends a sign-in link. */
export function signInUrl(origin: string, secret: string): string {
  return `${origin}/auth/link?token=${secret}`;
}
