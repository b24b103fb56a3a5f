/** A name that the configuration takes, as near as can be to what something is called. */
export function validName(title: string, maxLength: number): string {
  const unscoped = title.replace(/^@[^/]*\//, "");
  const plain = unscoped.normalize("NFKD").replaceAll(/\p{Mark}/gu, "");
  const name = plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "");
  const short = name.slice(0, maxLength).replace(/-+$/, "");
  return short.length >= 2 ? short : "app";
}
