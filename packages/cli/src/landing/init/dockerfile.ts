import type { Surroundings } from "./surroundings.ts";

/**
 * A Dockerfile for a program that has none, started by `aloft exec`: it waits for the database, gets the program its
 * secrets, and becomes it. What starts the program is a guess that its owner looks at.
 */
export function dockerfileText({
  language,
  packageManager,
  start,
  pythonCommand,
}: Pick<Surroundings, "language" | "packageManager" | "start" | "pythonCommand">): string {
  return language === "python" ? pythonText(pythonCommand) : nodeText(packageManager, start);
}

function pythonText(command: readonly string[]): string {
  return `# Built for arm64: aloft deploy and the workflows say --platform linux/arm64.
FROM node:24-slim AS node

FROM python:3.13-slim
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && npm install --global @aloft/cli
# The authorities of databases at AWS: connections are made by sslmode=verify-full.
ADD --chmod=444 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /etc/ssl/rds/global-bundle.pem
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
ENV HOST=0.0.0.0 PORT=3000 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
# The only folder that can be written to.
VOLUME /tmp
EXPOSE 3000
ENTRYPOINT ["aloft", "exec", "--"]
# What serves on port 3000 and answers /health.
CMD ${JSON.stringify(command)}
`;
}

function nodeText(packageManager: Surroundings["packageManager"], start: string | undefined): string {
  const install = {
    npm: ["COPY package.json package-lock.json ./", "RUN npm ci --omit=dev"],
    pnpm: ["COPY package.json pnpm-lock.yaml ./", "RUN corepack enable && pnpm install --frozen-lockfile --prod"],
    yarn: ["COPY package.json yarn.lock ./", "RUN corepack enable && yarn install --immutable"],
  };
  return `# Built for arm64: aloft deploy and the workflows say --platform linux/arm64.
FROM node:24-slim
RUN npm install --global @aloft/cli
# The authorities of databases at AWS: connections are made by sslmode=verify-full.
ADD --chmod=444 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /etc/ssl/rds/global-bundle.pem
WORKDIR /app
${install[packageManager].join("\n")}
COPY . .
ENV HOST=0.0.0.0 PORT=3000 NODE_ENV=production
USER 65532:65532
# The only folder that can be written to.
VOLUME /tmp
EXPOSE 3000
ENTRYPOINT ["aloft", "exec", "--"]
# What \`npm start\` does, without npm, which does not pass signals on: it serves on $PORT and answers /health.
CMD ${JSON.stringify(wordsOf(start))}
`;
}

/** The words of a start script, if it is one program and no shell is needed to read it. */
function wordsOf(start = ""): readonly string[] {
  if (!/^[\w./@:=-]+( +[\w./@:=-]+)*$/.test(start) || /^\w+=/.test(start)) return ["node", "index.js"];
  const words = start.split(/ +/);
  return words[0] === "node" ? words : [`node_modules/.bin/${words[0]}`, ...words.slice(1)];
}

export const dockerignoreLines = [
  ".git",
  "node_modules",
  "cdk.out",
  ".env",
  ".env.*",
  "!.env.example",
  ".venv",
  "__pycache__",
].join("\n");

export const gitignoreLines = ["node_modules/", "cdk.out/", ".env", ".env.*", "!.env.example"].join("\n");
