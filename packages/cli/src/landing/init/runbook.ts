import type { ResolvedApp, ResolvedCompute } from "@aloft/infra/config/resolve";
import { databaseSection } from "./runbook-database.ts";
import { symptoms } from "./runbook-symptoms.ts";
import type { ManifestFile } from "./surroundings.ts";

/** What a runbook follows from. */
export interface RunbookOf {
  /** The app in each of its environments; what is done by hand is shown on the last. */
  readonly apps: readonly [ResolvedApp, ...ResolvedApp[]];
  readonly manifest: ManifestFile | undefined;
}

/** `RUNBOOK.md`: what is done by hand, with the commands for this app. */
export function runbookText(of: RunbookOf): string {
  const { apps, manifest } = of;
  const app = apps.at(-1) ?? apps[0];
  const parts = [
    `# Runbook of ${app.name}`,
    intro(of, app),
    deploying(of, app),
    ...(app.topology === "library" ? [] : [looking(app)]),
    secrets(app, manifest),
    ...(app.topology === "library" ? [] : [databaseSection(app)]),
    destroying(app),
    symptoms(app),
  ];
  return `${parts.join("\n\n")}\n`;
}

function intro({ apps }: RunbookOf, app: ResolvedApp): string {
  const rows = apps.map((one) => {
    const address = one.topology !== "library" && one.domain !== undefined ? `https://${one.domain.name}` : undefined;
    const where = one.topology === "library" ? "" : ` ${address ?? `\`npx aloft open --env ${one.environment}\``} |`;
    const account = one.account ?? "that of your credentials";
    return `| ${one.environment} | ${one.region} | ${account} | \`${one.prefix}-…\` |${where}`;
  });
  const address = app.topology === "library" ? ["", ""] : [" address |", "---|"];
  return `Written by \`aloft init\` for the topology \`${app.topology}\`; yours to change. Commands are shown for ${app.environment}.

| environment | region | account | stacks |${address[0]}
|---|---|---|---|${address[1]}
${rows.join("\n")}

You need Node 22.18 or newer, \`npm ci\`, and credentials of that account, such as by \`aws sso login\`. What every command does: \`npx aloft <command> --help\`.`;
}

function deploying({ apps }: RunbookOf, app: ResolvedApp): string {
  const { environment: env } = app;
  const github = app.repository === undefined ? "" : gitHub(apps);
  const again =
    app.topology === "library"
      ? ""
      : `npx aloft redeploy --env ${env}       # new tasks of the same image: after a secret has changed
npx aloft rollback --env ${env}       # the image before; data and migrations stay as they are
`;
  return `## Deploy

\`\`\`sh
npx aloft plan --env ${env}           # what is made, its price, what is refused; needs no credentials
npx aloft diff --env ${env}           # what would change
npx aloft deploy --env ${env}         # shows it, asks, does it
${again}\`\`\`

A deployment that stopped half way goes on with the same command; what it had done stays.${github}`;
}

function gitHub(apps: RunbookOf["apps"]): string {
  const environments = apps.map(({ environment }) => environment).join(", ");
  const unknown = apps.filter(({ account }) => account === undefined);
  const variables = unknown.map(
    ({ environment }) => `gh variable set AWS_ACCOUNT_ID --env ${environment} --body <the account's twelve digits>`,
  );
  const once = variables.length === 0 ? "" : ` Then, once:\n\n\`\`\`sh\n${variables.join("\n")}\n\`\`\``;
  return `

From GitHub: a push to the branch deploys ${environments}, one after the other, by roles that the first deployment of each makes,
which is done from a laptop.${once}

In the repository's settings, give each environment the rule that only your branch deploys to it, and production reviewers.`;
}

function looking(app: ResolvedCompute): string {
  const { environment: env } = app;
  return `## Look

\`\`\`sh
npx aloft status --env ${env}         # stacks, tasks, health, image, alarms
npx aloft logs --env ${env} --follow  # Ctrl-C ends it; --since 1h for what was
npx aloft open --env ${env}
\`\`\`

In CloudWatch there are a dashboard and saved queries for errors, slow requests, and one request by its id. Logs are kept ${app.logRetentionDays} days.`;
}

function secrets(app: ResolvedApp, manifest: ManifestFile | undefined): string {
  const env = `--env ${app.environment}`;
  const variable = manifest === undefined ? "AUTH_SECRET" : "SESSION_SECRET";
  const again = `\`npx aloft redeploy ${env}\``;
  const who =
    app.topology === "library"
      ? "Programs that reload their secrets have it within their interval; others at their next start."
      : manifest === undefined
        ? `Then ${again}, or wait until the server reads them again.`
        : `Then ${again}: a program under \`aloft exec\` gets its secrets when it starts.`;
  return `## Secrets

\`\`\`sh
npx aloft secrets list ${env}
npx aloft secrets doctor ${env}      # what is wrong with each
npx aloft secrets push .env ${env}   # shows what differs, masked, and asks
npx aloft secrets rotate ${variable} ${env}
\`\`\`

${who} The value before stays in AWS as AWSPREVIOUS. Values are in Secrets Manager only: no template, log or state has them.`;
}

function destroying(app: ResolvedApp): string {
  return `## Destroy

\`\`\`sh
npx aloft destroy --env ${app.environment}
\`\`\`

It says what goes, asks, and lists what is left with its monthly price. What holds data stays, unless \`--delete-data\` is given; that cannot be undone.`;
}
