import type { ResolvedApp } from "@aloft/infra/config/resolve";
import { actions } from "./pinned-actions.ts";
import type { PackageManager } from "./surroundings.ts";

/** What the workflows of an app follow from. */
export interface WorkflowsOf {
  /** The app in each of its environments, in the order in which they are deployed. */
  readonly apps: readonly [ResolvedApp, ...ResolvedApp[]];
  readonly packageManager: PackageManager;
  /** Of the configuration, from where the repository begins; empty if it is there. */
  readonly subfolder: string;
}

/** By it a workflow is known as one of ours. */
export const workflowMark = "# Written by aloft init; yours to change.";

type Lines = readonly string[];

/** The arguments of `docker build`, if the app has an image. */
interface Build {
  readonly dockerfile: string;
  readonly context: string;
}

/** `ci.yml`: tests, builds and plans what is proposed. It has no access to AWS. */
export function ciWorkflow(of: WorkflowsOf): string {
  const [{ name, repository }] = of.apps;
  const branch = repository?.branch ?? "main";
  return text([
    workflowMark,
    `name: ${named("CI", of)}`,
    "on:",
    "  pull_request:",
    "  push:",
    `    branches: [${quoted(branch)}]`,
    "permissions:",
    "  contents: read",
    "concurrency:",
    `  group: ci-${name}-\${{ github.ref }}`,
    "  cancel-in-progress: true",
    ...defaults(of),
    "jobs:",
    "  check:",
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 20",
    "    steps:",
    ...checkout,
    ...install(of, ""),
    "      - name: Test",
    "        run: npm run --if-present test",
    ...of.apps.flatMap(({ environment }) => [
      `      - name: Plan ${environment}`,
      `        run: npx aloft plan --env ${environment}`,
    ]),
    ...(buildOf(of) === undefined ? [] : ["  image:", ...imageJob(of, false)]),
  ]);
}

/** `deploy.yml`: one image for all environments, which are deployed one after the other. */
export function deployWorkflow(of: WorkflowsOf): string {
  const [{ repository }] = of.apps;
  const branch = repository?.branch ?? "main";
  const image = buildOf(of) === undefined ? [] : ["  image:", `    if: ${onBranch(branch)}`, ...imageJob(of, true)];
  return text([
    workflowMark,
    `name: ${named("Deploy", of)}`,
    "on:",
    "  push:",
    `    branches: [${quoted(branch)}]`,
    "  workflow_dispatch:",
    "permissions: {}",
    ...defaults(of),
    "jobs:",
    ...image,
    ...of.apps.flatMap((app, i) => environmentJob(of, app, of.apps[i - 1])),
  ]);
}

function environmentJob(of: WorkflowsOf, app: ResolvedApp, before: ResolvedApp | undefined): Lines {
  const { environment, prefix, region } = app;
  const build = buildOf(of);
  const after = [...(build === undefined ? [] : ["image"]), ...(before === undefined ? [] : [before.environment])];
  return [
    `  ${environment}:`,
    ...(after.length === 0 ? [] : [`    needs: [${after.join(", ")}]`]),
    `    if: ${onBranch(app.repository?.branch ?? "main")}`,
    "    runs-on: ubuntu-24.04",
    "    timeout-minutes: 90",
    "    # GitHub asks here for approval, if the environment has reviewers; its token names the environment.",
    `    environment: ${environment}`,
    "    concurrency:",
    `      group: deploy-${prefix}`,
    "      cancel-in-progress: false",
    "    permissions:",
    "      contents: read",
    "      id-token: write",
    "    steps:",
    ...checkout,
    ...install(of, "without scripts"),
    ...(build === undefined ? [] : fetchImage),
    "      - name: Take on the deploy role",
    `        uses: ${actions.awsCredentials}`,
    "        with:",
    ...(app.account === undefined
      ? [
          "          # The account's twelve digits, once for each environment:",
          `          # gh variable set AWS_ACCOUNT_ID --env ${environment} --body …`,
        ]
      : []),
    `          role-to-assume: arn:aws:iam::${app.account ?? "${{ vars.AWS_ACCOUNT_ID }}"}:role/${deployRoleOf(app)}`,
    `          aws-region: ${region}`,
    ...(app.account === undefined ? [] : [`          allowed-account-ids: "${app.account}"`]),
    ...(build === undefined ? deploy(environment) : pushAndDeploy(app)),
  ];
}

/** The name that infra gives the role of an environment. */
function deployRoleOf({ prefix }: ResolvedApp): string {
  return `${prefix}-deploy`;
}

function deploy(environment: string): Lines {
  return ["      - name: Deploy", `        run: npx aloft deploy --env ${environment} --yes`];
}

function pushAndDeploy({ environment, prefix, region }: ResolvedApp): Lines {
  return [
    "      - name: Push the image",
    "        id: image",
    "        env:",
    "          # Tags of the repository cannot be moved: each attempt has one of its own.",
    "          TAG: ${{ github.sha }}-${{ github.run_id }}-${{ github.run_attempt }}",
    "        run: |",
    '          account="$(aws sts get-caller-identity --query Account --output text)"',
    `          registry="$account.dkr.ecr.${region}.amazonaws.com"`,
    `          image="$registry/${prefix}:$TAG"`,
    '          docker load --input "$RUNNER_TEMP/image.tar"',
    '          aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"',
    '          docker tag app:built "$image"',
    '          docker push "$image"',
    `          uri="$(docker image inspect --format '{{index .RepoDigests 0}}' "$image")"`,
    '          [[ "$uri" == *@sha256:* ]]',
    '          echo "uri=$uri" >> "$GITHUB_OUTPUT"',
    "      - name: Deploy",
    "        env:",
    "          IMAGE: ${{ steps.image.outputs.uri }}",
    `        run: npx aloft deploy --env ${environment} --image "$IMAGE" --yes`,
  ];
}

/** Builds on arm64, where the image runs, and holds no credentials. */
function imageJob(of: WorkflowsOf, keep: boolean): Lines {
  const build = buildOf(of);
  if (build === undefined) return [];
  const aloft = build.context.includes("node_modules");
  return [
    "    runs-on: ubuntu-24.04-arm",
    "    timeout-minutes: 30",
    "    permissions:",
    "      contents: read",
    "    steps:",
    ...checkout,
    ...(aloft ? install(of, "without scripts") : []),
    "      - name: Build",
    `        run: docker build --platform linux/arm64 --tag app:built --file ${shell(build.dockerfile)} ${shell(build.context)}`,
    ...(keep
      ? [
          "      - name: Keep",
          '        run: docker save --output "$RUNNER_TEMP/image.tar" app:built',
          `      - uses: ${actions.uploadArtifact}`,
          "        with:",
          "          name: image",
          "          path: ${{ runner.temp }}/image.tar",
          "          if-no-files-found: error",
          "          retention-days: 7",
        ]
      : []),
  ];
}

const fetchImage: Lines = [
  `      - uses: ${actions.downloadArtifact}`,
  "        with:",
  "          name: image",
  "          path: ${{ runner.temp }}",
];

const checkout: Lines = [`      - uses: ${actions.checkout}`, "        with:", "          persist-credentials: false"];

function install({ packageManager }: WorkflowsOf, scripts: "" | "without scripts"): Lines {
  const commands = {
    npm: `npm ci${scripts === "" ? "" : " --ignore-scripts"}`,
    pnpm: `corepack enable && pnpm install --frozen-lockfile${scripts === "" ? "" : " --ignore-scripts"}`,
    yarn: `corepack enable && yarn install --immutable${scripts === "" ? "" : " --mode=skip-build"}`,
  };
  return [
    `      - uses: ${actions.setupNode}`,
    "        with:",
    "          node-version: 24",
    "          package-manager-cache: false",
    `      - run: ${commands[packageManager]}`,
  ];
}

/** What is built. Environments differ in settings, never in their program: the first one's counts. */
export function buildOf({ apps: [app] }: WorkflowsOf): Build | undefined {
  if (app.topology === "library") return undefined;
  const { image } = app.service;
  if (typeof image === "object") return { dockerfile: image.dockerfile, context: image.context };
  const server = "node_modules/@aloft/server";
  return { dockerfile: `${server}/image/Dockerfile`, context: `${server}/dist/bundle` };
}

function defaults({ subfolder }: WorkflowsOf): Lines {
  const folder = subfolder === "" ? [] : [`    working-directory: ${quoted(subfolder)}`];
  return ["defaults:", "  run:", "    shell: bash", ...folder];
}

function onBranch(branch: string): string {
  return quoted(`github.ref == 'refs/heads/${branch.replaceAll("'", "''")}'`);
}

function named(what: string, { apps, subfolder }: WorkflowsOf): string {
  return subfolder === "" ? what : `${what} ${apps[0].name}`;
}

/** A YAML string that JSON would write in the same way. */
function quoted(value: string): string {
  return JSON.stringify(value);
}

function shell(word: string): string {
  return /^[\w./@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function text(lines: Lines): string {
  return `${lines.join("\n")}\n`;
}
