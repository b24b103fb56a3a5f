import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";

const region = "us-east-1";

/** What ECS and the load balancer have of an app's service. */
export async function servedBy(prefix: string) {
  const ecs = new ECSClient({ region });
  const { services: [service] = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster: prefix, services: [prefix] }),
  );
  const { taskDefinition } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: service?.taskDefinition }),
  );
  const container = taskDefinition?.containerDefinitions?.find(({ name }) => name === "server");
  const balancing = new ElasticLoadBalancingV2Client({ region });
  const { LoadBalancers: [balancer] = [] } = await balancing.send(
    new DescribeLoadBalancersCommand({ Names: [prefix] }),
  );
  const LoadBalancerArn = balancer?.LoadBalancerArn ?? "";
  const { Listeners: listeners } = await balancing.send(new DescribeListenersCommand({ LoadBalancerArn }));
  const ListenerArn = listeners?.[0]?.ListenerArn ?? "";
  const { Rules: rules } = await balancing.send(new DescribeRulesCommand({ ListenerArn }));
  const targetGroupArn = rules?.flatMap(({ Actions = [] }) =>
    Actions.flatMap((action) => action.TargetGroupArn ?? []),
  )[0];
  const { TargetGroups: [targets] = [] } = await balancing.send(
    new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn ?? ""] }),
  );
  return { service, container, balancer, targets, listeners, rules };
}

/** Writes a line into a log. */
export async function say(logGroupName: string, message: string): Promise<void> {
  const client = new CloudWatchLogsClient({ region });
  const logStreamName = "one";
  await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const logEvents = [{ timestamp: Date.now(), message }];
  await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}
