import { AloftError } from "@aloft/core/errors";

/** Why a deployment, or a question about one, could not be. Each is stable. */
export type DeployFault =
  | "credentials_missing"
  | "credentials_expired"
  | "access_denied"
  | "wrong_account"
  | "refused"
  | "not_bootstrapped"
  | "preflight_failed"
  | "deploy_under_way"
  | "stack_failed"
  | "not_confirmed"
  | "no_such_part"
  | "not_deployed"
  | "secrets_missing"
  | "image_failed"
  | "migration_failed"
  | "smoke_test_failed"
  | "nothing_to_roll_back"
  | "data_kept"
  | "interrupted"
  | "throttled"
  | "unreachable"
  | "aws";

/** Something about a deployment did not go as asked. The message says what is left and how to go on. */
export class DeployError extends AloftError {
  readonly code: DeployFault;

  constructor(code: DeployFault, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
