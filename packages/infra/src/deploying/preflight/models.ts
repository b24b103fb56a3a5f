import { BedrockClient, GetFoundationModelAvailabilityCommand } from "@aws-sdk/client-bedrock";
import type { ResolvedApp } from "../../config/resolve.ts";
import { ok, type PreflightFinding, warning } from "./finding.ts";

const form = "Open the model in the Bedrock console once, and fill in the form about what it is used for";

/** Whether the account may use the model. A deployment goes on without: replies say what is missing. */
export async function modelsReachable(app: ResolvedApp): Promise<readonly PreflightFinding[]> {
  if (app.topology === "library" || app.models.provider !== "bedrock") return [];
  const { defaultModel } = app.models;
  if (defaultModel === undefined) return [];
  // An inference profile is named like its model, with where it may run before it.
  const modelId = defaultModel.replace(/^(?:global|us|eu|apac|jp|au)\./, "");
  try {
    const client = new BedrockClient({ region: app.region, maxAttempts: 1 });
    const found = await client.send(new GetFoundationModelAvailabilityCommand({ modelId }));
    const open = found.authorizationStatus === "AUTHORIZED" && found.agreementAvailability?.status !== "NOT_AVAILABLE";
    if (open && found.regionAvailability !== "NOT_AVAILABLE") return [ok("model", `${defaultModel} may be used.`)];
    const why =
      found.regionAvailability === "NOT_AVAILABLE" ? `is not in ${app.region}` : "may not be used by this account yet";
    return [warning("model", `${defaultModel} ${why}.`, `${form}, or choose another: models.defaultModel.`)];
  } catch {
    const text = `Bedrock did not say whether ${defaultModel} may be used.`;
    return [
      warning("model", text, `See whether it is there: aws bedrock list-foundation-models --region ${app.region}`),
    ];
  }
}
