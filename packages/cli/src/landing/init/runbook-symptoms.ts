import type { ResolvedApp, ResolvedCompute } from "@aloft/infra/config/resolve";

type Row = readonly [symptom: string, answer: string];

/** What to do, by what is seen. */
export function symptoms(app: ResolvedApp): string {
  const { environment: env } = app;
  const doctor = `\`npx aloft secrets doctor --env ${env}\``;
  const rows: readonly Row[] = [
    ["`aloft deploy` says credentials have expired", "`aws sso login`, then the same command: it goes on"],
    [
      "A stack is in `UPDATE_ROLLBACK_FAILED` or `ROLLBACK_COMPLETE`",
      `\`npx aloft status --env ${env}\` names it; \`npx aloft deploy --env ${env}\` says what mends it`,
    ],
    [
      "GitHub's job: `Not authorized to perform sts:AssumeRoleWithWebIdentity`",
      "The repository was made or renamed since 2026-07-15: give `repository` its `ownerId` and `id`, and deploy from a laptop once. Or the job names another environment than the role",
    ],
    ...(app.topology === "library" ? reading(doctor) : [...serving(app, doctor), ...storing(app)]),
  ];
  return `## By symptom

| what is seen | what to do |
|---|---|
${rows.map(([symptom, answer]) => `| ${symptom} | ${answer} |`).join("\n")}`;
}

function reading(doctor: string): readonly Row[] {
  return [
    ["The app does not start and names a secret", `${doctor} says what is missing, and how to mend it`],
    [
      "`AccessDenied` on `BatchGetSecretValue`",
      "The app's role is not a reader: name it in `readerRoles`, deploy. It needs `GetSecretValue` too, and gets both",
    ],
  ];
}

const blocked: Row = [
  "403 from CloudFront with `Request blocked`",
  "WAF: see its sampled requests in the console, and `waf` in aloft.config.ts",
];
const signedOut: Row = ["Everybody had to sign in again", "AUTH_SECRET was rotated"];

function serving(app: ResolvedCompute, doctor: string): readonly Row[] {
  const { environment: env } = app;
  return [
    [
      "502, 503 or 504",
      `\`npx aloft status --env ${env}\`: no healthy task. \`npx aloft logs --env ${env} --since 15m\` has its last words`,
    ],
    [
      "Tasks start and stop again",
      `The log names a missing secret: ${doctor}. Or the health check fails: see the path and port in aloft.config.ts`,
    ],
    [
      "`CannotPullContainerError`, `exec format error`",
      "The image is not there any more, or not for arm64: deploy again, which builds it",
    ],
    [
      "A deployment is rolled back by itself",
      "New tasks were not healthy in time; the old ones serve on. Their log says why",
    ],
    [
      "The migration failed",
      `Nothing of the new version serves. \`npx aloft logs --env ${env} --migration --since 1h\`, mend it, deploy again`,
    ],
    ...(app.waf === false ? [] : [blocked]),
    [
      "No way out: models, mail or webhooks time out",
      "The way to the Internet: the NAT instance's status checks (it is replaced by itself), or with `ipv6` a host without an IPv6 address",
    ],
    ...(typeof app.service.image === "object" ? [] : [signedOut]),
  ];
}

function storing(app: ResolvedCompute): readonly Row[] {
  if (app.topology === "relational") {
    return [
      ["`too many connections`", "Fewer tasks (`service.scaling.maxTasks`), a larger instance, or more ACU"],
      [
        "The disk is nearly full",
        "It grows by itself, to 100 GiB or twice `database.storageGiB`, whichever is more. It never shrinks",
      ],
    ];
  }
  return [
    [
      "`throttled` in the log",
      "On-demand tables double within minutes; if it lasts, one key is hot: the dashboard shows which table",
    ],
  ];
}
