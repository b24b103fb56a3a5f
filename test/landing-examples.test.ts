import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { synthesized } from "../packages/infra/test/support.ts";
import { loadAppConfig } from "../packages/cli/src/landing/app-config.ts";
import { makePlan, verdictOf } from "../packages/cli/src/landing/plan.ts";
import { assertCommandExists, commandLines } from "../packages/cli/test/support/command-lines.ts";
import { root } from "./support/child.ts";
import { available } from "./support/skip.ts";

const examples = [
  { name: "chat-on-fargate", topology: "solo", environments: ["dev", "staging", "production"] },
  { name: "python-on-rds", topology: "relational", environments: ["dev", "production"] },
  { name: "nextjs-secrets", topology: "library", environments: ["dev", "production"] },
] as const;

const folderOf = (name: string): string => join(root, "examples", name);
const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), "utf8");

/** `| dev | $36 | $39 |` of a README: what an environment costs, as it is written. */
function writtenPrice(readme: string, environment: string): readonly string[] {
  const row = new RegExp(`^\\| ${environment}[^|]*\\| (\\$[\\d.]+) \\| (\\$[\\d.]+) \\|$`, "m").exec(readme);
  return row === null ? [] : [row[1] ?? "", row[2] ?? ""];
}

/** As precise as a README is: whole dollars, and cents of what is hardly one. */
function rounded(usd: number): string {
  return `$${usd < 1 ? usd.toFixed(2) : usd.toFixed(0)}`;
}

describe.each(examples)("examples/$name", ({ name, topology, environments }) => {
  test("[landing.examples.synthesized] it names its environments, and each is synthesized", async () => {
    const config = folderOf(name);
    const loaded = await loadAppConfig({ config, env: environments[0] });
    expect(loaded).toMatchObject({ environments, app: { topology } });
    for (const environment of environments) {
      const { app, stacks } = synthesized(loaded.config, environment);
      expect(app.prefix).toBe(`${loaded.app.name}-${environment}`);
      expect(stacks.map(({ part }) => part)).toEqual(
        expect.arrayContaining(topology === "library" ? ["Data"] : ["Network", "Data", "Cluster", "Compute"]),
      );
    }
  });

  test.each(environments)(
    "[landing.examples.planned] %s: nothing refused, every resource priced, as its README says",
    { timeout: 60_000 },
    async (environment) => {
      const made = await makePlan({ config: folderOf(name), env: environment, checks: true });
      const { refusals, open } = verdictOf(made);
      expect(refusals.map(({ id, found }) => ({ id, found }))).toEqual([]);
      expect(open.map(({ rule, path }) => ({ rule, path }))).toEqual([]);
      expect(made.bill.lines.filter(({ status }) => status === "not-priced").map(({ type }) => type)).toEqual([]);
      const { idleUsd, loadUsd } = made.bill;
      expect(writtenPrice(read("examples", name, "README.md"), environment)).toEqual([idleUsd, loadUsd].map(rounded));
    },
  );

  test("[landing.docs.commands] every aloft command in its README exists, with the options it gives", async () => {
    const lines = commandLines(read("examples", name, "README.md"));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) await assertCommandExists(line);
  });
});

describe("examples/python-on-rds", () => {
  const dockerfile = read("examples/python-on-rds/Dockerfile").split("\n");

  test("[landing.examples.python] its container is that of examples/python-web, not root, started by aloft exec", async () => {
    const copied = dockerfile.flatMap((line) => /^COPY (?!--from)(\S+) /.exec(line)?.[1] ?? []);
    expect(copied).toEqual(["requirements.txt", "."]);
    for (const file of copied) expect(existsSync(join(folderOf("python-web"), file))).toBe(true);
    expect(dockerfile.filter((line) => /^(USER|ENTRYPOINT|CMD|EXPOSE) /.test(line))).toEqual([
      "USER 65532:65532",
      "EXPOSE 8000",
      'ENTRYPOINT ["aloft", "exec", "--"]',
      'CMD ["python", "app.py"]',
    ]);
    const { config } = await loadAppConfig({ config: folderOf("python-on-rds"), env: "production" });
    const { app, stacks } = synthesized(config, "production");
    expect(app).toMatchObject({ service: { image: { context: "../python-web" }, port: 8000 } });
    const tasks = stacks
      .flatMap(({ template }) => Object.values(template.Resources))
      .filter(({ Type }) => Type === "AWS::ECS::TaskDefinition");
    expect(tasks).toHaveLength(2);
    for (const { Properties } of tasks) {
      expect(Properties?.["RuntimePlatform"]).toEqual({ CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" });
    }
    const [migrate] = (tasks[0]?.Properties?.["ContainerDefinitions"] ?? []) as readonly {
      Command?: readonly string[];
    }[];
    await assertCommandExists(
      migrate?.Command?.slice(1)
        .map((word) => JSON.stringify(word))
        .join(" ") ?? "",
    );
    expect(migrate?.Command).toContain("--migrate");
    expect(app.topology !== "library" && app.domain?.name).toBe("combine.example.com");
  });

  test("[landing.examples.python] its file of authorities is where the deployment says", async () => {
    const { rootCertificates } = await import("@aloft/infra/constructs/relational");
    expect(
      dockerfile
        .find((line) => line.startsWith("ADD "))
        ?.split(" ")
        .at(-1),
    ).toBe(rootCertificates);
  });
});

const withPython = await available("examples/python-web's encryption (Python 3)", () => {
  execFileSync("python3", ["--version"], { stdio: "ignore" });
});

describe.runIf(withPython)("examples/python-web", () => {
  /** What its connections are made with, without the driver. */
  function encryption(query: string): unknown {
    const program = [
      "import json, sys, types",
      "sys.modules['pg8000'] = types.ModuleType('pg8000')",
      "sys.modules['pg8000.native'] = sys.modules['pg8000'].native = types.ModuleType('native')",
      "sys.modules['pg8000.native'].Connection = object",
      "sys.dont_write_bytecode = True",
      "from database import encryption",
      "made = encryption(sys.argv[1])",
      "print(json.dumps(made and [made.check_hostname, made.verify_mode.name, len(made.get_ca_certs())]))",
    ];
    const said = execFileSync("python3", ["-c", program.join("\n"), query], {
      cwd: folderOf("python-web"),
      stdio: ["ignore", "pipe", "pipe"],
    });
    return JSON.parse(said.toString());
  }

  test("[landing.examples.python] it takes sslmode and sslrootcert as the deployment gives them", () => {
    expect(encryption("")).toBeNull();
    expect(encryption("sslmode=disable")).toBeNull();
    expect(encryption("sslmode=require")).toEqual([false, "CERT_NONE", expect.any(Number)]);
    expect(encryption("sslmode=verify-full")).toEqual([true, "CERT_REQUIRED", expect.any(Number)]);
    expect(() => encryption("sslmode=verify-full&sslrootcert=/nowhere.pem")).toThrow("FileNotFoundError");
  });
});
