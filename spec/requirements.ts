import { apiRequirements } from "./requirements/api.ts";
import { blobRequirements } from "./requirements/blobs.ts";
import { cliRequirements } from "./requirements/cli.ts";
import { consoleRequirements } from "./requirements/console.ts";
import { docsRequirements } from "./requirements/docs.ts";
import { domainRequirements } from "./requirements/domain.ts";
import { dynamodbSearchRequirements } from "./requirements/dynamodb-search.ts";
import { dynamodbRequirements } from "./requirements/dynamodb.ts";
import { execRequirements } from "./requirements/exec.ts";
import { faultsRequirements } from "./requirements/faults.ts";
import { houseRequirements } from "./requirements/house.ts";
import { keysRequirements } from "./requirements/keys.ts";
import { landingConfigRequirements } from "./requirements/landing-config.ts";
import { landingComputeRequirements } from "./requirements/landing-compute.ts";
import { landingDataRequirements } from "./requirements/landing-data.ts";
import { landingOperationsRequirements } from "./requirements/landing-operations.ts";
import { landingPriceRequirements } from "./requirements/landing-price.ts";
import { landingPlanRequirements } from "./requirements/landing-plan.ts";
import { landingInitRequirements } from "./requirements/landing-init.ts";
import { landingDeployRequirements } from "./requirements/landing-deploy.ts";
import { landingImageRequirements } from "./requirements/landing-image.ts";
import { landingRehearsalRequirements } from "./requirements/landing-rehearsal.ts";
import { migrationRequirements } from "./requirements/migrations.ts";
import { modelRequirements } from "./requirements/models.ts";
import { postgresRequirements } from "./requirements/postgres.ts";
import { secretsRequirements } from "./requirements/secrets.ts";
import { movingRequirements } from "./requirements/moving.ts";
import { storeRequirements } from "./requirements/store.ts";
import { vectorRequirements } from "./requirements/vectors.ts";
import type { Requirement } from "./requirement.ts";

/**
 * Every promise Aloft makes, one row each. A test proves a row by carrying its id in brackets in its title, as in
 * `test("[store.create.exists] …")`; `requirements.test.ts` fails on a row that no test cites and on a citation
 * of no row.
 */
export const requirements: readonly Requirement[] = [
  ...houseRequirements,
  ...storeRequirements,
  ...dynamodbSearchRequirements,
  ...dynamodbRequirements,
  ...postgresRequirements,
  ...migrationRequirements,
  ...blobRequirements,
  ...movingRequirements,
  ...domainRequirements,
  ...docsRequirements,
  ...apiRequirements,
  ...keysRequirements,
  ...modelRequirements,
  ...consoleRequirements,
  ...cliRequirements,
  ...secretsRequirements,
  ...execRequirements,
  ...faultsRequirements,
  ...vectorRequirements,
  ...landingConfigRequirements,
  ...landingComputeRequirements,
  ...landingDataRequirements,
  ...landingOperationsRequirements,
  ...landingPriceRequirements,
  ...landingPlanRequirements,
  ...landingInitRequirements,
  ...landingDeployRequirements,
  ...landingImageRequirements,
  ...landingRehearsalRequirements,
];
