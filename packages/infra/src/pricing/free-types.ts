const words: Readonly<Record<string, readonly string[]>> = {
  "Who may do what costs nothing.": [
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::OIDCProvider",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ServiceLinkedRole",
    "AWS::KMS::Alias",
    "AWS::Lambda::Permission",
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SNS::TopicInlinePolicy",
  ],
  "Networks themselves cost nothing: what stands in them and passes through does.": [
    "AWS::EC2::EIPAssociation",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::PrefixList",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCCidrBlock",
    "AWS::EC2::VPCGatewayAttachment",
  ],
  "Part of its load balancer's price.": [
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
  ],
  "Part of its distribution's price.": [
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::CloudFrontOriginAccessIdentity",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::OriginRequestPolicy",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudFront::VpcOrigin",
  ],
  "Public certificates for AWS's own services cost nothing.": ["AWS::CertificateManager::Certificate"],
  "Records cost nothing, nor do questions for names that lead to CloudFront.": ["AWS::Route53::RecordSet"],
  "Part of its database's price.": [
    "AWS::RDS::DBClusterParameterGroup",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup",
  ],
  "Rotation is free where the service itself does it.": [
    "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::SecretTargetAttachment",
  ],
  "Scaling itself costs nothing.": ["AWS::ApplicationAutoScaling::ScalableTarget"],
  "Its log group is paid, not the setting.": [
    "AWS::EC2::FlowLog",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::Logs::LogStream",
    "AWS::Logs::SubscriptionFilter",
  ],
  "A saved query is paid when somebody runs it, by what it reads.": ["AWS::Logs::QueryDefinition"],
  "A topic costs nothing; the first million messages a month are always free.": ["AWS::SNS::Topic"],
  "Part of its firewall's price.": ["AWS::WAFv2::IPSet", "AWS::WAFv2::WebACLAssociation"],
  "Budgets that only tell cost nothing.": ["AWS::Budgets::Budget"],
  "Looking for unusual costs costs nothing.": ["AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription"],
  "Rules for events of AWS's own services cost nothing.": ["AWS::Events::Rule"],
  "Standard parameters and documents cost nothing.": ["AWS::SSM::Document", "AWS::SSM::Parameter"],
  "It is there for deployments only.": [
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::ECS::ClusterCapacityProviderAssociations",
  ],
};

const reasons = new Map(Object.entries(words).flatMap(([reason, types]) => types.map((type) => [type, reason])));

/** Why a type of resource costs nothing, in a sentence; undefined if it may cost something. */
export function freeBecause(type: string): string | undefined {
  if (type.startsWith("Custom::")) return "It is there for deployments only.";
  return reasons.get(type);
}
