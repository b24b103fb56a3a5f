import { readyImage, type ImageOptions } from "./image.ts";
import { type RunMigrationOptions, runMigration } from "./migration.ts";
import { type SmokeTest, smokeTest, type SmokeTestOptions } from "./smoke-test.ts";

/** What a deployment does beside CloudFormation. Where no containers run, others take their place. */
export interface DeploySteps {
  /** @returns the image by digest. */
  readonly image: (options: ImageOptions) => Promise<string>;
  readonly migrate: (options: RunMigrationOptions) => Promise<void>;
  readonly smokeTest: (options: SmokeTestOptions) => Promise<SmokeTest>;
}

export const realSteps: DeploySteps = { image: readyImage, migrate: runMigration, smokeTest };
