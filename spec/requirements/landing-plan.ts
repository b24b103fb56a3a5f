import type { Requirement } from "../requirement.ts";

const plan = "issue 5: aloft plan";
const refusals = "issue 5: aloft plan; AWS-FACTS.md";

export const landingPlanRequirements: readonly Requirement[] = [
  {
    id: "landing.plan.offline",
    source: plan,
    behaviour: "`aloft plan` needs neither network nor credentials, changes nothing and leaves no file behind.",
  },
  {
    id: "landing.plan.drawing",
    source: plan,
    behaviour:
      "The drawing shows the parts that the templates make and an arrow where one reaches another by a reference, a listener or a policy.",
  },
  {
    id: "landing.plan.drawing.fits",
    source: plan,
    behaviour: "No line of the plan is longer than the terminal, 80 characters if it does not say.",
  },
  {
    id: "landing.plan.drawing.ascii",
    source: plan,
    behaviour:
      "Where the locale is not UTF-8, the plan has ASCII alone; lines that cross stay apart from lines that join.",
  },
  {
    id: "landing.plan.drawing.arrows",
    source: plan,
    behaviour: "Every arrow of a topology is drawn from its box to its box, whatever the topology.",
  },
  {
    id: "landing.plan.stacks",
    source: plan,
    behaviour: "Each stack is told with the number of its resources, in plain words that add up, and what outlives it.",
  },
  {
    id: "landing.plan.price",
    source: plan,
    behaviour:
      "The price is told line by line at idle and at the stated load, with region, dates and sums that are those of its lines.",
  },
  {
    id: "landing.plan.load",
    source: plan,
    behaviour: "`--load` changes the load that is priced; one that cannot be had is refused with its name.",
  },
  {
    id: "landing.plan.choices",
    source: plan,
    behaviour: "What other settings would add or save is told with what one gives up.",
  },
  {
    id: "landing.plan.rights",
    source: plan,
    behaviour: "What each program may do is told in plain words; `--verbose` and `--json` name the actions.",
  },
  {
    id: "landing.plan.findings",
    source: plan,
    behaviour:
      "A finding without a reason is told with its rule and resource, and the exit code is 1; `--no-checks` leaves them out.",
  },
  {
    id: "landing.plan.exit",
    source: plan,
    behaviour:
      "The exit code is 0 if nothing is refused and no finding is open, else 1; 2 if the command line is wrong.",
  },
  {
    id: "landing.plan.json",
    source: plan,
    behaviour: "`--json` prints one object with everything that the text tells, without tokens of CDK.",
  },
  {
    id: "landing.plan.page",
    source: plan,
    behaviour:
      "`--html` writes one page that loads nothing from elsewhere, with everything that the text tells, escaped.",
  },
  {
    id: "landing.plan.page.everybody",
    source: plan,
    behaviour:
      "The page can be used by everybody: axe finds nothing, in light and dark, and no phone has to scroll it sideways.",
  },
  {
    id: "landing.plan.fast",
    source: plan,
    behaviour:
      "A plan takes at most 2.5 times as long as a synthesis alone without checks, 6.5 times with them: 3 s and 8 s on two cores.",
  },
  {
    id: "landing.plan.own",
    source: plan,
    behaviour: "What a user adds by `extend` is drawn, counted, priced, checked and refused like the rest.",
  },
  {
    id: "landing.refuse.examples",
    source: refusals,
    behaviour: "Every rule objects to designs that fail and lets others pass.",
  },
  {
    id: "landing.refuse.evidence",
    source: refusals,
    behaviour: "Every rule says what is true, where that is published, and what to do instead.",
  },
  {
    id: "landing.refuse.topics",
    source: refusals,
    behaviour: "Every topic that designs have got wrong has a rule, or says why no template shows it.",
  },
  {
    id: "landing.refuse.own",
    source: refusals,
    behaviour: "Nothing that Aloft makes itself is refused, in any topology and environment.",
  },
  {
    id: "landing.refuse.accepted",
    source: refusals,
    behaviour:
      "A refusal that the configuration answers with a reason is a warning that shows it; answering one that is not there, or one of AWS's own limits, is a fault.",
  },
  {
    id: "landing.refuse.deploy",
    source: refusals,
    behaviour: "What a plan refuses is not deployed.",
  },
];
