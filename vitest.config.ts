import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["aloft-source", "node", "import", "default"] } },
  resolve: { conditions: ["aloft-source", "node", "import", "default"] },
  test: {
    include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "spec/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/support/services/supervisor.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    execArgv: ["--conditions=aloft-source"],
    typecheck: { enabled: false },
  },
});
