import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AppConfig, defineSecrets } from "@aloft/infra";
import { further } from "@aloft/infra/pricing/further";
import { price } from "@aloft/infra/pricing/price";
import { describe, expect, test } from "vitest";
import { configOptions } from "../packages/infra/test/options.ts";
import { synthesized } from "../packages/infra/test/support.ts";
import { assertCommandExists, commandLines } from "../packages/cli/test/support/command-lines.ts";
import { root } from "./support/child.ts";

const guide = readFileSync(join(root, "docs/landing.md"), "utf8");

interface Row {
  readonly option: string;
  readonly fallback: string;
  readonly means: string;
  readonly adds: string;
}

const rows: readonly Row[] = guide.split("\n").flatMap((line) => {
  const [, name = "", fallback = "", means = "", adds = "", ...rest] = line.split("|").map((cell) => cell.trim());
  const option = /^`([\w.]+)`$/.exec(name)?.[1];
  return option === undefined || rest.length !== 1 ? [] : [{ option, fallback, means, adds }];
});

describe("docs/landing.md", () => {
  test("[landing.docs.options] every option is there, and no other", () => {
    const options = [...configOptions().keys(), "environments"];
    expect(rows.map(({ option }) => option).toSorted()).toEqual(options.toSorted());
  });

  test("[landing.docs.options] with the default that it has", () => {
    const wrong = [...configOptions()].flatMap(([option, value]) => {
      // Without a default of its own, words say what happens.
      if (value === undefined) return [];
      const said = rows.find((row) => row.option === option)?.fallback;
      const is = `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
      return said === is ? [] : [{ option, said, is }];
    });
    expect(wrong).toEqual([]);
  });

  test("[landing.docs.options] and with what a choice adds to the price", { timeout: 60_000 }, () => {
    const choices = {
      encryption: "own-key",
      trail: "trail",
      detectors: "detectors",
      "network.interfaceEndpoints": "endpoint-kms",
      "service.scaling.minTasks": "another-task",
      "service.deployment": "blue-green",
      waf: "waf",
      openTelemetry: "open-telemetry",
      "database.multiAz": "multi-zone",
      "database.engine": "aurora",
      "`nat-gateway`": "egress-nat-gateway",
      "`ipv6`": "egress-ipv6",
    };
    const solo: AppConfig = { name: "chat", topology: "solo", environments: { dev: {} } };
    const relational: AppConfig = { ...solo, topology: "relational" };
    const ofDatabase = ["multi-zone", "aurora"];
    const only = Object.values(choices).filter((id) => !ofDatabase.includes(id));
    const added = new Map(
      [
        ...further(synthesized(solo, "dev"), { only }),
        ...further(synthesized(relational, "dev"), { only: ofDatabase }),
      ].map(({ id, addsIdleUsd }) => [id, addsIdleUsd]),
    );
    expect([...added.keys()].toSorted()).toEqual(Object.values(choices).toSorted());
    const wrong = Object.entries(choices).flatMap(([option, id]) => {
      const row = rows.find((row) => row.option === option)?.adds ?? lineOf(option);
      const usd = Math.round(added.get(id) ?? Number.NaN);
      const is = `${usd < 0 ? "−" : ""}$${Math.abs(usd)}`;
      return new RegExp(`(^|[^−\\d])${is.replace("$", "\\$")}\\b`).test(row) ? [] : [{ option, row, is }];
    });
    expect(wrong).toEqual([]);
  });

  test("[landing.docs.options] and what each topology costs", () => {
    const secrets = defineSecrets({ app: { name: "chat/{env}", fills: ["SESSION_SECRET"] } });
    const environments = { dev: {}, production: {} };
    const idle = (config: AppConfig, environment: "dev" | "production") =>
      price(synthesized(config, environment).stacks).idleUsd;
    for (const topology of ["solo", "relational"] as const) {
      const config: AppConfig = { name: "chat", topology, environments };
      const said = `dev $${idle(config, "dev").toFixed(0)}, production $${idle(config, "production").toFixed(0)}`;
      expect(lineOf(`\`${topology}\``)).toContain(said);
    }
    const library: AppConfig = { name: "chat", topology: "library", secrets, environments };
    expect(lineOf("`library`")).toContain(`$${idle(library, "dev").toFixed(2)} a secret`);
  });

  function lineOf(start: string): string {
    return guide.split("\n").find((line) => line.startsWith(`| ${start} |`)) ?? "";
  }

  test("[landing.docs.commands] every aloft command in it exists, with the options it gives", async () => {
    const lines = commandLines(guide);
    expect(lines.length).toBeGreaterThan(12);
    for (const line of lines) await assertCommandExists(line);
  });

  test("[landing.docs.types] its programs compile", { timeout: 60_000 }, () => {
    const programs = [...guide.matchAll(/^```ts\n(.*?)^```/gms)].map(([, program = ""]) => program);
    expect(programs).toHaveLength(3);
    const folder = mkdtempSync(join(tmpdir(), "aloft-docs-"));
    try {
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
      const files = programs.map((program, i) => {
        writeFileSync(join(folder, `${i}.ts`), program);
        return `${i}.ts`;
      });
      const compilerOptions = {
        noEmit: true,
        strict: true,
        module: "nodenext",
        target: "es2024",
        lib: ["es2024", "esnext.disposable", "dom"],
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        customConditions: ["aloft-source"],
      };
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { encoding: "utf8" });
      expect(stdout.split("\n").filter((line) => /\b\d\.ts\(/.test(line))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
