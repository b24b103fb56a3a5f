import type { Need } from "./need.ts";

/** What it takes to sign in to RDS or Aurora without a password of one's own. */
export const databaseSignInNeeds: readonly Need<"user">[] = [
  {
    sid: "DatabaseSignIn",
    may: "sign in to the database as its own user",
    actions: ["rds-db:connect"],
    on: ["user"],
    unused: {
      "rds-db:connect": "Nothing is asked: the database itself looks at the permission when somebody signs in.",
    },
  },
];
