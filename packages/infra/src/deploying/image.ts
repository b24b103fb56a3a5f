import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createHash, randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { DescribeImagesCommand, ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { asking, ifThere } from "./aws-fault.ts";
import { DeployError } from "./deploy-error.ts";
import type { OnEvent } from "./deploy-event.ts";
import { type ImageChoice, pinnedImage } from "./image-source.ts";

const run = promisify(execFile);

export const imageBuilders = ["docker", "finch", "podman", "buildah"] as const;
export type ImageBuilder = (typeof imageBuilders)[number];

export interface ImageOptions {
  readonly choice: ImageChoice;
  readonly region: string;
  readonly account: string;
  /** In ECR. */
  readonly repository: string;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The image by digest: the one that was given, if it is there, or one that is built for arm64 and pushed.
 * @throws {DeployError} `image_failed`, with what the builder said last.
 */
export async function readyImage(options: ImageOptions): Promise<string> {
  const { choice } = options;
  if (choice.kind === "build") return buildAndPush(options, choice);
  if (!pinnedImage.test(choice.uri)) throw notPinned(choice.uri);
  await requireThere(choice.uri, options);
  return choice.uri;
}

export function notPinned(uri: string): DeployError {
  const text = `--image ${uri} has no digest: what a tag names can change. Give repository@sha256:…, as the push printed it.`;
  return new DeployError("image_failed", text);
}

async function requireThere(uri: string, { region, account, repository }: ImageOptions): Promise<void> {
  const [name = "", imageDigest = ""] = uri.split("@");
  // Only this account's own registry can be asked.
  if (name !== `${registryOf(account, region)}/${repository}`) return;
  const found = await ifThere(`looking for the image ${imageDigest}`, () =>
    new ECRClient({ region }).send(
      new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageDigest }] }),
    ),
  );
  if (found !== undefined) return;
  throw new DeployError(
    "image_failed",
    `There is no image ${imageDigest} in ${repository}. Push it first, or leave --image out to have it built.`,
  );
}

export function registryOf(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.amazonaws.com`;
}

/** The first that is on the PATH. */
export function findBuilder(env: NodeJS.ProcessEnv = process.env): ImageBuilder | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return imageBuilders.find((name) => folders.some((folder) => existsSync(join(folder, name))));
}

async function buildAndPush(
  options: ImageOptions,
  choice: Extract<ImageChoice, { readonly kind: "build" }>,
): Promise<string> {
  const { region, account, repository, env = process.env } = options;
  const builder = findBuilder(env);
  if (builder === undefined) {
    const text = `No ${imageBuilders.join(", ")} is on the PATH to build the image with. Install one, or build elsewhere and give --image <repository>@sha256:…`;
    throw new DeployError("image_failed", text);
  }
  if (!existsSync(choice.dockerfile)) {
    throw new DeployError(
      "image_failed",
      `There is no ${choice.dockerfile}. Set service.image.dockerfile in aloft.config.ts.`,
    );
  }
  const registry = registryOf(account, region);
  const tag = `${registry}/${repository}:${new Date()
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^0-9]/g, "")}-${randomBytes(3).toString("hex")}`;
  const words = commandsOf(builder, { ...choice, tag });
  const scratch = mkdtempSync(join(tmpdir(), "aloft-image-"));
  try {
    await program(builder, words.build, options);
    await logIn(builder, registry, options);
    const digestFile = join(scratch, "digest");
    await program(builder, words.push(digestFile), options);
    const digest = existsSync(digestFile) ? readFileSync(digestFile, "utf8").trim() : await digestOf(tag, options);
    return `${registry}/${repository}@${digest}`;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

interface Commands {
  readonly build: readonly string[];
  readonly push: (digestFile: string) => readonly string[];
}

/** What each builder is told. All of them read the same Dockerfile. */
export function commandsOf(
  builder: ImageBuilder,
  { dockerfile, context, tag }: { readonly dockerfile: string; readonly context: string; readonly tag: string },
): Commands {
  const platform = ["--platform", "linux/arm64"];
  const file = ["--file", dockerfile, "--tag", tag, context];
  if (builder === "buildah") {
    return { build: ["build", ...platform, ...file], push: (digestFile) => ["push", "--digestfile", digestFile, tag] };
  }
  if (builder === "podman") {
    return { build: ["build", ...platform, ...file], push: (digestFile) => ["push", "--digestfile", digestFile, tag] };
  }
  // An index of one image and its provenance has no platform of its own, and Fargate takes the image alone as well.
  const plain = builder === "docker" ? ["--provenance=false"] : [];
  return { build: ["build", ...platform, ...plain, ...file], push: () => ["push", tag] };
}

async function logIn(
  builder: ImageBuilder,
  registry: string,
  { region, env = process.env }: ImageOptions,
): Promise<void> {
  const { authorizationData = [] } = await asking("signing in to the image repository", () =>
    new ECRClient({ region }).send(new GetAuthorizationTokenCommand({})),
  );
  const [, password = ""] = Buffer.from(authorizationData[0]?.authorizationToken ?? "", "base64")
    .toString()
    .split(":");
  const login = run(builder, ["login", "--username", "AWS", "--password-stdin", registry], { env });
  login.child.stdin?.end(password);
  try {
    await login;
  } catch (cause) {
    throw new DeployError("image_failed", `${builder} could not sign in to ${registry}.`, { cause });
  }
}

async function digestOf(tag: string, { region, repository }: ImageOptions): Promise<string> {
  const imageTag = tag.slice(tag.lastIndexOf(":") + 1);
  const { imageDetails = [] } = await asking("reading the digest of the image", () =>
    new ECRClient({ region }).send(new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageTag }] })),
  );
  const digest = imageDetails[0]?.imageDigest;
  if (digest === undefined) throw new DeployError("image_failed", `ECR does not know the digest of ${tag}.`);
  return digest;
}

const lastLines = 12;

async function program(builder: ImageBuilder, words: readonly string[], options: ImageOptions): Promise<void> {
  const { onEvent, signal, env = process.env } = options;
  const child = spawn(builder, words, { env, signal, stdio: ["ignore", "pipe", "pipe"] });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (text) => {
      last.push(text);
      if (last.length > lastLines) last.shift();
      onEvent({ kind: "log", text });
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code === 0) return;
  const said = last.map((line) => `  ${line}`).join("\n");
  throw new DeployError("image_failed", `${builder} ${words[0]} ended with ${code}:\n${said}`);
}

/** Names an image in few letters. */
export function shortDigest(image: string): string {
  const digest = image.split("@sha256:")[1];
  return digest === undefined ? createHash("sha256").update(image).digest("hex").slice(0, 12) : digest.slice(0, 12);
}
