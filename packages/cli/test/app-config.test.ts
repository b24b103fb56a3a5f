import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plainEnv, root } from "../../../test/support/child.ts";
import { loadAppConfig } from "../src/landing/app-config.ts";
import { runCli } from "../src/testing.ts";
import { type Workspace, workspace } from "./support/workspace.ts";

const good = (environments = "dev: {}") => `
import { defineApp } from "@aloft/infra";
export default defineApp({ name: "chat", topology: "solo", environments: { ${environments} } });
`;

/** A program of its own: only Node itself says where a file is broken. */
function aloft(space: Workspace, ...words: readonly string[]) {
  const cli = join(root, "packages/cli/bin/aloft.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    cwd: space.folder,
    encoding: "utf8",
    env: plainEnv(),
  });
  return { code: status, out: stdout, err: stderr };
}

test("[landing.config.found] the configuration is found in the folder or by --config; none or two are told", async () => {
  using space = workspace();
  await expect(loadAppConfig({ cwd: space.folder })).rejects.toThrow(/no aloft\.config\.ts in .*aloft init/);
  await expect(loadAppConfig({ cwd: space.folder, config: "nowhere.ts" })).rejects.toMatchObject({ exitCode: 2 });
  space.put("aloft.config.mts", good());
  space.put("sub/other.ts", good("staging: {}"));
  await expect(loadAppConfig({ cwd: space.folder })).resolves.toMatchObject({
    file: join(space.folder, "aloft.config.mts"),
    folder: space.folder,
    environment: "dev",
    app: { prefix: "chat-dev" },
  });
  await expect(loadAppConfig({ cwd: space.folder, config: "sub/other.ts" })).resolves.toMatchObject({
    folder: join(space.folder, "sub"),
    environment: "staging",
  });
  await expect(loadAppConfig({ cwd: "/", config: space.folder, region: "eu-west-1" })).resolves.toMatchObject({
    app: { region: "eu-west-1" },
  });
  space.put("aloft.config.ts", good());
  await expect(loadAppConfig({ cwd: space.folder })).rejects.toThrow(
    /aloft\.config\.ts and aloft\.config\.mts: keep one/,
  );
});

test("[landing.config.module] it loads where package.json says commonjs, with the files that it imports", () => {
  using space = workspace();
  space.put("package.json", JSON.stringify({ name: "chat", type: "commonjs" }));
  space.put("name.ts", 'export const name: string = "chat";\n');
  const text = good()
    .replace('name: "chat"', "name")
    .replace("\nimport", '\nimport { name } from "./name.ts";\nimport');
  space.put("aloft.config.ts", text);
  const { code, out, err } = aloft(space, "plan", "--no-checks", "--json");
  expect({ code, err, app: JSON.parse(out).app }).toMatchObject({ code: 0, err: "", app: "chat" });
});

test("[landing.config.environment] the only environment is taken; of several one is named, and a near name suggested", async () => {
  using space = workspace();
  space.put("aloft.config.ts", good("dev: {}, production: {}"));
  const at = (env?: string) => loadAppConfig({ cwd: space.folder, env });
  await expect(at()).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/one of dev, production/) });
  await expect(at("prod")).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/mean "production"/) });
  await expect(at("staging")).rejects.toThrow(/no environment "staging"\. It has dev, production/);
  await expect(at("production")).resolves.toMatchObject({
    environment: "production",
    environments: ["dev", "production"],
  });
});

test(
  "[landing.config.broken] what cannot be loaded says why and in which line, or what to install",
  { timeout: 60_000 },
  () => {
    using space = workspace();
    const said = (file: string, text: string): string => {
      space.put(file, text);
      const { code, err } = aloft(space, "plan", "--config", file);
      expect(code).toBe(1);
      expect(err).not.toMatch(/Nobody foresaw|MODULE_TYPELESS|\n {4}at /);
      return err;
    };
    expect(said("comma.ts", 'export default {\n  name: = "chat",\n};\n')).toMatch(
      /comma\.ts is not valid: .*\n.*line 2:\n/,
    );
    expect(said("comma.mjs", 'export default {\n  name: = "chat",\n};\n')).toMatch(/not valid: .*\n.*line 2:\n/);
    expect(said("enum.ts", "enum A { x }\nexport default A;\n")).toMatch(/only strips types/);
    expect(said("throws.ts", "const a: any = undefined;\nexport default a.b;\n")).toMatch(
      /cannot be loaded \(line 2\)/,
    );
    expect(said("empty.ts", "export const app = {};\n")).toMatch(/no default export.*\n.*export default defineApp/);
    expect(said("ending.ts", 'import x from "./names";\nexport default x;\n')).toMatch(/need their ending/);
    expect(said("other.ts", 'import x from "left-pad-of-nobody";\nexport default x;\n')).toMatch(
      /imports left-pad-of-nobody, which is not installed: npm install --save-dev left-pad-of-nobody/,
    );
    // In a folder of a program in another language nothing is installed.
    using bare = workspace("bare");
    rmSync(join(bare.folder, "../node_modules"));
    mkdirSync(join(bare.folder, "../node_modules"));
    bare.put("aloft.config.ts", good());
    expect(aloft(bare, "plan").err).toMatch(
      /imports @aloft\/infra, which is not installed: npm install --save-dev @aloft\/cli @aloft\/infra/,
    );
  },
);

test("[landing.config.extend] what extend does is told as the configuration's when it fails", async () => {
  using space = workspace();
  const head = 'export default { name: "chat", topology: "solo", environments: { dev: {} }, extend: ';
  space.put("aloft.config.ts", `${head}({ Nowhere }) => { Nowhere.node.addDependency(); } };`);
  const { code, err } = await runCli(["plan", "--config", space.folder, "--no-checks"]);
  expect(code).toBe(1);
  expect(err).toMatch(/aloft\.config\.ts cannot be used:\n {2}extend: It failed: .*node/);
  space.put(
    "third.ts",
    `import { CfnTopic } from "aws-cdk-lib/aws-sns";
${head}({ Data }) => { new CfnTopic(Data, "T").addPropertyOverride("TopicName", { get a() { throw new Error("not like this"); } }); } };`,
  );
  const third = await runCli(["plan", "--config", join(space.folder, "third.ts"), "--no-checks"]);
  expect(third.err).toMatch(/extend: (It failed|What it adds cannot be synthesized): [^]*not like this/);
  expect(third.err).not.toContain("Nobody foresaw");
  const looks =
    'for (const part of ["Network", "Data", "Compute"]) if (!stacks[part].stackName.startsWith("chat-dev-")) throw 1;';
  space.put("second.ts", `${head}(stacks) => { ${looks} } };`);
  const second = await runCli(["plan", "--config", join(space.folder, "second.ts"), "--no-checks"]);
  expect(second.err).toBe("");
  expect(second.code).toBe(0);
});
