import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import { Construct } from "constructs";
import type { ResolvedApp } from "../config/resolve.ts";

export interface BudgetProps {
  readonly app: Pick<ResolvedApp, "name" | "environment" | "prefix">;
  readonly monthlyUsd: number;
  /** Who is written to; nobody has to confirm. */
  readonly emails: readonly string[];
}

/** Who is told when, in per cent of the budget. */
const notices = [
  { type: "FORECASTED", percent: 80 },
  { type: "ACTUAL", percent: 100 },
];

/**
 * Watches what one environment costs, by its tags, once they are active as cost allocation tags, which `aloft deploy` asks for. Costs
 * appear up to a day late. A budget without actions is free.
 * @see https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
 */
export class Budget extends Construct {
  readonly budget: CfnBudget;

  constructor(scope: Construct, id: string, { app, monthlyUsd, emails }: BudgetProps) {
    super(scope, id);
    const tagged = (key: string, value: string) => ({ tags: { key, values: [value], matchOptions: ["EQUALS"] } });
    this.budget = new CfnBudget(this, "Budget", {
      budget: {
        budgetName: app.prefix,
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: monthlyUsd, unit: "USD" },
        metrics: ["UnblendedCost"],
        filterExpression: {
          and: [tagged("aloft:app", app.name), tagged("aloft:environment", app.environment)],
        },
      },
      notificationsWithSubscribers: notices.map(({ type, percent }) => ({
        notification: {
          notificationType: type,
          comparisonOperator: "GREATER_THAN",
          threshold: percent,
          thresholdType: "PERCENTAGE",
        },
        subscribers: emails.map((address) => ({ subscriptionType: "EMAIL", address })),
      })),
    });
  }
}
