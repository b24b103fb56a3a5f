import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AppConfig, EnvironmentName } from "@aloft/infra";
import { resolveApp } from "@aloft/infra/config/resolve";
import { describe, expect, test } from "vitest";
import { synthesized } from "../../infra/test/support.ts";
import { plainEnv, root } from "../../../test/support/child.ts";
import { runCli } from "../src/testing.ts";
import { atTerminal, type Workspace, workspace } from "./support/workspace.ts";

const all: readonly EnvironmentName[] = ["dev", "staging", "production"];

function init(space: Workspace, ...words: readonly string[]) {
  return runCli(["init", space.folder, ...words]);
}

async function configIn(space: Workspace): Promise<AppConfig> {
  const module = (await import(pathToFileURL(join(space.folder, "aloft.config.ts")).href)) as { default: AppConfig };
  return module.default;
}

function filesIn(space: Workspace): readonly string[] {
  const entries = readdirSync(space.folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/.git/") && !entry.parentPath.endsWith("/.git"))
    .map((entry) => join(entry.parentPath, entry.name).slice(space.folder.length + 1))
    .toSorted();
}

describe("what it writes", () => {
  const manyFlags = ["--domain", "chat.example.com", "--dns", "Z0123456789", "--repository", "acme/chat"];
  test.each([
    { topology: "solo", flags: [] },
    { topology: "solo", flags: [...manyFlags, "--alarms-email", "ops@example.com", "--budget", "49.5"] },
    { topology: "relational", flags: [] },
    {
      topology: "relational",
      flags: [
        "--program",
        "own",
        "--dns",
        "arn:aws:acm:us-east-1:111122223333:certificate/1",
        "--domain",
        "a.example.com",
      ],
    },
    {
      topology: "library",
      flags: ["--repository", "acme/chat", "--alarms-email", "ops@example.com", "--budget", "10"],
    },
  ])("[landing.init.config] $topology $flags synthesizes in every environment", async ({ topology, flags }) => {
    using space = workspace();
    const made = await init(space, "--topology", topology, "--environments", all.join(","), ...flags, "--yes");
    expect(made).toMatchObject({ code: 0, err: "" });
    const config = await configIn(space);
    expect(config).toMatchObject({ name: "my-chat-app", topology });
    if (topology === "relational") expect(config).toHaveProperty("service.image");
    for (const environment of all) {
      const { stacks } = synthesized(config, environment);
      expect(stacks.map(({ part }) => part)).toContain("Data");
    }
  });

  test("[landing.init.config] only what differs from the defaults is there", async () => {
    using space = workspace();
    await init(space, "--topology", "solo", "--environments", "production", "--yes");
    expect(space.text("aloft.config.ts").replace(/^\/\/.*\n/m, "")).toBe(
      [
        'import { defineApp } from "@aloft/infra";',
        "",
        "export default defineApp({",
        '  name: "my-chat-app",',
        '  topology: "solo",',
        "  environments: {",
        "    production: {},",
        "  },",
        "});",
        "",
      ].join("\n"),
    );
  });

  test("[landing.init.config] every answer is in the environment that it is for", async () => {
    using space = workspace();
    const accounts = "dev=111122223333,staging=111122223333,production=444455556666";
    const ids = ["--repository", "acme/chat", "--repository-ids", "12/345", "--branch", "release"];
    const domain = ["--domain", "chat.example.com", "--dns", "Z0123456789"];
    const made = await init(
      space,
      "--topology",
      "solo",
      "--environments",
      "production,dev,staging",
      "--account",
      accounts,
      ...ids,
      ...domain,
      "--yes",
    );
    expect(made).toMatchObject({ code: 0 });
    const config = await configIn(space);
    const apps = all.map((environment) => resolveApp(config, environment));
    expect(apps.map(({ account }) => account)).toEqual(["111122223333", "111122223333", "444455556666"]);
    // An account learns of GitHub from the environment that is deployed first.
    expect(apps.map(({ repository }) => repository)).toEqual(
      ["create", "existing", "create"].map((oidcProvider) => ({
        owner: "acme",
        name: "chat",
        ownerId: "12",
        id: "345",
        branch: "release",
        oidcProvider,
      })),
    );
    expect(apps.map((app) => app.topology === "solo" && app.domain?.name)).toEqual([
      undefined,
      undefined,
      "chat.example.com",
    ]);
  });

  test("[landing.init.secrets.public] what build tools give to browsers is no secret", async () => {
    using space = workspace("shop");
    space.put(".env.example", "NEXT_PUBLIC_URL=\nSTRIPE_KEY=\nVITE_TITLE=\nPUBLICATION=\n");
    expect(await init(space, "--topology", "library", "--yes")).toMatchObject({ code: 0 });
    expect(space.text("secrets.manifest.ts")).toContain('fills: ["STRIPE_KEY", "PUBLICATION"]');
  });

  test("[landing.init.dockerfile] a Python program without a Dockerfile gets one, and its secrets as JSON", async () => {
    using space = workspace("players");
    space.put("requirements.txt", "flask\n");
    space.put(".env", "DATABASE_URL=postgres://sw0rdf1sh\nexport SMTP_URL=smtp://sw0rdf1sh\nPORT=1\n");
    const made = await init(space, "--topology", "relational", "--yes");
    expect(made).toMatchObject({ code: 0 });
    const dockerfile = space.text("Dockerfile").split("\n");
    expect(dockerfile).toContain("FROM python:3.13-slim");
    expect(dockerfile).toContain('ENTRYPOINT ["aloft", "exec", "--"]');
    expect(dockerfile.find((line) => line.startsWith("USER "))).toBe("USER 65532:65532");
    expect(dockerfile.indexOf("VOLUME /tmp")).toBeGreaterThan(dockerfile.indexOf("USER 65532:65532"));
    expect(JSON.parse(space.text("secrets.manifest.json"))).toMatchObject({
      app: { name: "players/{env}/app", fills: ["SMTP_URL"] },
    });
    expect(space.text(".dockerignore").split("\n")).toContain(".env");
    const config = (await configIn(space)) as { migrate?: readonly string[] };
    expect(config.migrate).toEqual(["aloft", "exec", "--migrate", "--", "true"]);
    for (const file of filesIn(space)) if (file !== ".env") expect(space.text(file)).not.toContain("sw0rdf1sh");
  });

  test.each([
    { start: "node --enable-source-maps dist/main.js", command: ["node", "--enable-source-maps", "dist/main.js"] },
    { start: "next start", command: ["node_modules/.bin/next", "start"] },
    { start: "npm run build && node .", command: ["node", "index.js"] },
  ])(
    "[landing.init.dockerfile] a Node program is started as `$start` says, without a shell",
    async ({ start, command }) => {
      using space = workspace("players");
      space.put("package.json", JSON.stringify({ scripts: { start } }));
      expect(await init(space, "--topology", "relational", "--yes")).toMatchObject({ code: 0 });
      const line = space
        .text("Dockerfile")
        .split("\n")
        .find((one) => one.startsWith("CMD "));
      expect(JSON.parse(line?.slice(4) ?? "")).toEqual(command);
    },
  );

  test.each([
    { files: ["main.py"], needs: "fastapi[standard]\nuvicorn==0.38\n", command: ["uvicorn", "main:app"] },
    { files: ["app.py"], needs: "# fastapi is not for us\nflask\n", command: ["python", "app.py"] },
    { files: ["main.py"], needs: "flask\n", command: ["python", "main.py"] },
  ])(
    "[landing.init.dockerfile] a Python program of $files is started by $command",
    async ({ files, needs, command }) => {
      using space = workspace("players");
      space.put("requirements.txt", needs);
      for (const file of files) space.put(file, "");
      const made = await init(space, "--topology", "relational", "--yes");
      expect(made).toMatchObject({ code: 0 });
      const lines = space.text("Dockerfile").split("\n");
      const words: string[] = JSON.parse(lines.find((one) => one.startsWith("CMD "))?.slice(4) ?? "");
      expect(words.slice(0, 2)).toEqual(command);
      const next = made.out.slice(made.out.indexOf("Next")).split("\n");
      expect(next.length).toBeGreaterThan(4);
      expect(next.filter((line) => line.length > 80)).toEqual([]);
    },
  );

  test("[landing.init.dockerfile] one that is there is the user's: its port is taken, and it is not touched", async () => {
    using space = workspace("players");
    space.put("Dockerfile", "FROM scratch\nEXPOSE 8000/tcp\n");
    await init(space, "--topology", "relational", "--force", "--yes");
    expect(space.text("Dockerfile")).toBe("FROM scratch\nEXPOSE 8000/tcp\n");
    expect(await configIn(space)).toMatchObject({ service: { image: { dockerfile: "Dockerfile" }, port: 8000 } });
  });

  test("[landing.init.found] package.json, git's remote and the lock file are looked at", async () => {
    using space = workspace();
    space.git("git@github.com:acme/some.chat.git");
    space.put(
      "package.json",
      JSON.stringify({ name: "@acme/Chat_of the Décennie-2026", scripts: { start: "node ." } }),
    );
    space.put("pnpm-lock.yaml", "");
    const made = await init(space, "--topology", "solo", "--json");
    expect(JSON.parse(made.out)).toMatchObject({ ok: true, name: "chat-of-the-dece" });
    expect(await configIn(space)).toMatchObject({ repository: { owner: "acme", name: "some.chat" } });
    expect(space.text(".github/workflows/deploy.yml")).toContain("pnpm install --frozen-lockfile");
    expect(JSON.parse(made.out).next[0]).toBe("pnpm add --save-dev @aloft/cli @aloft/infra @aloft/server");
  });

  test("[landing.init.found] in a part of a repository, workflows go where GitHub looks and work where the app is", async () => {
    using space = workspace("repository");
    space.git("https://github.com/acme/all.git");
    mkdirSync(join(space.folder, "apps/my web"), { recursive: true });
    const made = await runCli(["init", join(space.folder, "apps/my web"), "--topology", "solo", "--yes"]);
    expect(made).toMatchObject({ code: 0 });
    expect(filesIn(space)).toEqual([
      ".github/workflows/my-web-ci.yml",
      ".github/workflows/my-web-deploy.yml",
      "apps/my web/.gitignore",
      "apps/my web/RUNBOOK.md",
      "apps/my web/aloft.config.ts",
    ]);
    expect(space.text(".github/workflows/my-web-deploy.yml")).toContain('working-directory: "apps/my web"');
  });
});

describe("who answers", () => {
  test("[landing.init.answers] questions show what they would take, and what is impossible is asked again", async () => {
    using space = workspace();
    const { code, asked, err } = await atTerminal(
      ["init", space.folder, "--region", "eu-west-1"],
      [
        "cloud",
        "",
        "My App",
        "chat",
        "dev,prod",
        "dev",
        "nohost",
        "",
        "acme",
        "acme/chat",
        "me",
        "me@example.com",
        "0",
        "25",
      ],
    );
    expect(code, err).toBe(0);
    expect(asked[0]).toMatch(/solo .* relational .* library .*\[solo\]: $/);
    expect(asked).toContain("Name [my-chat-app]: ");
    expect(asked.some((question) => question.startsWith("Region"))).toBe(false);
    expect(err).toMatch(
      /begin with a letter.*There is no environment "prod".*a host's name.*owner\/name.*more than 0/s,
    );
    expect(await configIn(space)).toMatchObject({
      name: "chat",
      topology: "solo",
      region: "eu-west-1",
      repository: { owner: "acme", name: "chat" },
      alarms: { emails: ["me@example.com"] },
      budget: { monthlyUsd: 25, emails: ["me@example.com"] },
      environments: { dev: {} },
    });
  });

  test("[landing.init.unattended] nobody is asked: the topology has to be given, and all else has a default", async () => {
    using space = workspace();
    const refused = await init(space);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain("--topology solo, relational or library");
    expect(filesIn(space)).toEqual([]);
    const dns = await init(space, "--topology", "solo", "--domain", "chat.example.com");
    expect(dns).toMatchObject({ code: 2 });
    expect(dns.err).toContain("--dns");
    expect(await init(space, "--topology", "solo")).toMatchObject({ code: 0, err: "" });
    expect(await configIn(space)).toMatchObject({ environments: { dev: {}, production: {} } });
  });

  test.each([undefined, "name"])(
    "[landing.init.stopped] at the end of input, after %s, nothing is written",
    async (first) => {
      using space = workspace();
      const answers = first === undefined ? [undefined] : ["", undefined];
      const { code, err } = await atTerminal(["init", space.folder], answers);
      expect({ code, err }).toEqual({ code: 130, err: "\nStopped. Nothing was written.\n" });
      expect(filesIn(space)).toEqual([]);
    },
  );
});

describe("what it refuses", () => {
  test.each([
    { flags: ["--name", "a-name-that-is-too-long"], says: "--name cannot be" },
    { flags: ["--name", "Chat"], says: "has to begin with a letter, and can have lower-case letters" },
    { flags: ["--region", "frankfurt"], says: "--region cannot be" },
    { flags: ["--environments", "dev,prod"], says: 'There is no environment "prod"' },
    { flags: ["--environments", ","], says: "--environments cannot be" },
    { flags: ["--account", "12"], says: "--account: has to be twelve digits" },
    { flags: ["--account", "dev=12"], says: "--account: has to be twelve digits" },
    { flags: ["--program", "own"], says: "--topology relational" },
    { flags: ["--domain", "https://x.example.com"], says: "--domain cannot be" },
    {
      flags: ["--domain", "x.example.com", "--dns", "W1"],
      says: "It is a hosted zone's id, Z…, or a certificate's ARN",
    },
    {
      flags: ["--domain", "x.example.com", "--dns", "Z01", "--zone", "example.org"],
      says: "is not in the zone example.org",
    },
    { flags: ["--dns", "Z01"], says: "--domain" },
    { flags: ["--branch", "release"], says: "--repository" },
    { flags: ["--repository", "acme"], says: "--repository cannot be" },
    { flags: ["--repository", "acme/chat", "--repository-ids", "x"], says: "--repository-ids cannot be" },
    { flags: ["--alarms-email", "me"], says: "--alarms-email cannot be" },
    { flags: ["--alarms-email", "me@example.com", "--budget", "0"], says: "has to be more than 0" },
    { flags: ["--budget", "50"], says: "--alarms-email" },
    { flags: ["--alarms-email", "me@example.com", "--budget", "much"], says: "US dollars" },
  ])("[landing.init.refused] $flags", async ({ flags, says }) => {
    using space = workspace();
    const refused = await init(space, "--topology", "solo", ...flags);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain(says);
    expect(filesIn(space)).toEqual([]);
  });

  test("[landing.init.refused] a topology that is not there is told with those that are", async () => {
    using space = workspace();
    const refused = await init(space, "--topology", "fleet");
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/solo.*relational.*library/s);
  });

  test("[landing.init.refused] a file in the folder's place, and a file where a folder is needed", async () => {
    using space = workspace();
    space.put("file", "");
    const file = await runCli(["init", join(space.folder, "file"), "--topology", "solo"]);
    expect(file).toMatchObject({ code: 2 });
    expect(file.err).toContain("is a file");
    space.put(".github", "");
    const inside = await init(space, "--topology", "solo");
    expect(inside).toMatchObject({ code: 1, out: "" });
    expect(inside.err).toContain(`${join(space.folder, ".github")} is a file`);
    expect(filesIn(space)).toEqual([".github", "file"]);
  });

  test("[landing.init.refused] a folder that cannot be written is named, and nothing is written", () => {
    using space = workspace();
    mkdirSync(join(space.folder, "closed"));
    chmodSync(join(space.folder, ".."), 0o755);
    chmodSync(join(space.folder, "closed"), 0o555);
    // Root may write anywhere: somebody else has to try.
    const somebody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--conditions=aloft-source", `${root}packages/cli/src/bin.ts`, "init", "--topology", "solo"],
      { cwd: join(space.folder, "closed"), env: plainEnv(), encoding: "utf8", ...somebody },
    );
    expect(stderr).toContain(`Nothing can be written in ${join(space.folder, "closed")}`);
    expect(status).toBe(1);
    expect(existsSync(join(space.folder, "closed/aloft.config.ts"))).toBe(false);
  });
});

describe("what is there already", () => {
  test("[landing.init.again] a second run changes nothing", async () => {
    using space = workspace();
    await init(space, "--topology", "relational", "--program", "own", "--repository", "acme/chat", "--yes");
    const before = filesIn(space).map((file) => [file, space.text(file)]);
    const again = await init(space, "--yes", "--json");
    expect(filesIn(space).map((file) => [file, space.text(file)])).toEqual(before);
    const { files } = JSON.parse(again.out) as { files: readonly { path: string; outcome: string }[] };
    expect(files.map(({ outcome }) => outcome)).toEqual(files.map(() => "unchanged"));
    expect(files.map(({ path }) => path).toSorted()).toEqual(before.map(([path]) => path));
  });

  test("[landing.init.again] an edited configuration counts: files follow it, and a flag against it is refused", async () => {
    using space = workspace();
    await init(space, "--topology", "solo", "--repository", "acme/chat", "--yes");
    space.put(
      "aloft.config.ts",
      space.text("aloft.config.ts").replace('  topology: "solo",', '  topology: "solo",\n  region: "eu-west-1",'),
    );
    const against = await init(space, "--region", "us-east-1", "--name", "my-chat-app");
    expect(against).toMatchObject({ code: 2 });
    expect(against.err).toContain("--region us-east-1: it has eu-west-1.");
    expect(against.err).not.toContain("--name");
    const kept = await init(space);
    expect(kept.out).toMatch(/kept +\.github\/workflows\/deploy\.yml/);
    const { asked } = await atTerminal(["init", space.folder], ["y", "n"]);
    expect(asked).toEqual([
      ".github/workflows/deploy.yml is there and differs. Overwrite it? [y/N] ",
      "RUNBOOK.md is there and differs. Overwrite it? [y/N] ",
    ]);
    expect(space.text(".github/workflows/deploy.yml")).toContain("aws-region: eu-west-1");
    expect(space.text("RUNBOOK.md")).not.toContain("eu-west-1");
  });

  test("[landing.init.kept] a workflow of somebody else's stays, and ours is put beside it", async () => {
    using space = workspace("chat");
    space.put(".github/workflows/ci.yml", "name: Mine\n");
    await init(space, "--topology", "solo");
    await init(space);
    expect(space.text(".github/workflows/ci.yml")).toBe("name: Mine\n");
    expect(filesIn(space)).toContain(".github/workflows/aloft-chat-ci.yml");
  });

  test("[landing.init.kept] lists of what to ignore gain lines, and lose none", async () => {
    using space = workspace("chat");
    space.put(".gitignore", "mine\n.env");
    await init(space, "--topology", "solo");
    expect(space.text(".gitignore")).toBe("mine\n.env\nnode_modules/\ncdk.out/\n.env.*\n!.env.example\n");
  });

  test("[landing.init.kept] what differs is kept without a terminal, and overwritten by --force", async () => {
    using space = workspace("chat");
    await init(space, "--topology", "solo");
    space.put("RUNBOOK.md", "mine\n");
    const kept = await init(space);
    expect(kept).toMatchObject({ code: 0 });
    expect(kept.out).toContain("RUNBOOK.md  (it differs; --force overwrites it)");
    expect(space.text("RUNBOOK.md")).toBe("mine\n");
    const forced = await init(space, "--topology", "library", "--force");
    expect(forced).toMatchObject({ code: 0 });
    expect(space.text("RUNBOOK.md")).toContain("# Runbook of chat");
    expect(await runCli(["init", space.folder, "--json"])).toMatchObject({ code: 0 });
    expect(space.text("aloft.config.ts")).toContain('topology: "library"');
  });

  test("[landing.init.dry-run] everything is shown, and nothing written", async () => {
    using space = workspace("chat");
    space.put("RUNBOOK.md", "mine\n");
    const shown = await init(space, "--topology", "solo", "--dry-run");
    expect(shown).toMatchObject({ code: 0, err: "" });
    expect(shown.out).toContain("--- aloft.config.ts\nimport { defineApp }");
    expect(shown.out).toMatch(/kept +RUNBOOK\.md/);
    expect(filesIn(space)).toEqual(["RUNBOOK.md"]);
  });

  test("[landing.init.json] one object says what became of each file", async () => {
    using space = workspace("chat");
    const { code, out, err } = await init(space, "--topology", "solo", "--environments", "dev", "--json");
    expect({ code, err, lines: out.split("\n").length }).toEqual({ code: 0, err: "", lines: 2 });
    expect(JSON.parse(out)).toEqual({
      ok: true,
      folder: space.folder,
      dryRun: false,
      topology: "solo",
      name: "chat",
      region: "us-east-1",
      environments: ["dev"],
      files: ["aloft.config.ts", ".github/workflows/ci.yml", "RUNBOOK.md", ".gitignore"].map((path) => ({
        path,
        outcome: "created",
      })),
      kept: false,
      next: [expect.any(String), expect.any(String), expect.any(String)],
    });
    const refused = await init(space, "--topology", "library", "--json");
    expect(JSON.parse(refused.out)).toMatchObject({ ok: false, error: { code: "config_exists" } });
  });
});
