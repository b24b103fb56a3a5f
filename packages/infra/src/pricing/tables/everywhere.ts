import type { PriceTable } from "../price-row.ts";
import { from, sources } from "./sources.ts";

/** What costs the same in every region. */
export const everywhere: PriceTable = {
  ...from(sources.cloudwatch, { "dashboard.month": "3" }),
  ...from(sources.route53, { "route53.zone": "0.5" }),
  ...from(sources.secrets, { "secret.month": "0.4", "secret.call": "0.000005" }),
  ...from(sources.cloudfrontPublished, { "cloudfront.function": "0.0000001" }),
  ...from(sources.route53Published, { "route53.health-check": "0.5" }),
  ...from(sources.xray, { "xray.trace": "0.000005" }),
};
