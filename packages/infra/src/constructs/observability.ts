import { Key } from "aws-cdk-lib/aws-kms";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Aws, RemovalPolicy } from "aws-cdk-lib";
import { Construct } from "constructs";

export interface AlarmTopicProps {
  readonly name: string;
  /** Who is written to; each has to confirm the first mail once. */
  readonly emails: readonly string[];
}

/** Where alarms go: encrypted by a key that CloudWatch and Budgets may use, and published to by TLS only. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { name, emails }: AlarmTopicProps) {
    super(scope, id);
    const key = new Key(this, "Key", {
      description: `Alarms of ${name}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new Topic(this, "Topic", { topicName: name, masterKey: key, enforceSSL: true });
    for (const service of ["cloudwatch", "budgets"]) {
      const principal = new ServicePrincipal(`${service}.amazonaws.com`);
      const conditions = { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } };
      key.addToResourcePolicy(
        new PolicyStatement({
          principals: [principal],
          actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
          resources: ["*"],
          conditions,
        }),
      );
      this.topic.addToResourcePolicy(
        new PolicyStatement({
          principals: [principal],
          actions: ["sns:Publish"],
          resources: [this.topic.topicArn],
          conditions,
        }),
      );
    }
    for (const email of emails) this.topic.addSubscription(new EmailSubscription(email));
  }
}
