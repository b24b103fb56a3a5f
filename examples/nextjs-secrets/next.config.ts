import { join } from "node:path";
import type { NextConfig } from "next";

const config: NextConfig = {
  // Only because this example takes the packages from the folder beside it. An app that has them from npm needs no root.
  turbopack: { root: join(import.meta.dirname, "../..") },
  outputFileTracingRoot: join(import.meta.dirname, "../.."),
};

export default config;
