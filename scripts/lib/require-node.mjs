/** Stops with a sentence on a Node that is too old for npm and for these scripts. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(
    `Aloft needs Node 20.19 or newer to install itself, and this is ${process.version}.\n` +
      "Install a current one from https://nodejs.org and run this again; Aloft brings the rest along.\n",
  );
  process.exit(1);
}
