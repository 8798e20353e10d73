//! Amazon S3 itself.

use crate::vendors::{EndpointVariant, Quirks, Vendor};

pub(super) const ROWS: &[Vendor] = &[Vendor {
    name: "aws",
    title: "Amazon S3",
    // https://docs.aws.amazon.com/general/latest/gr/s3.html
    endpoint: Some("https://s3.{region}.amazonaws{dns}"),
    regions: &[
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "ca-central-1",
        "ca-west-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-central-1",
        "eu-central-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-7",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-east-1",
        "ap-east-2",
        "sa-east-1",
        "mx-central-1",
        "il-central-1",
        "me-south-1",
        "me-central-1",
        "af-south-1",
        "cn-north-1",
        "cn-northwest-1",
        "us-gov-east-1",
        "us-gov-west-1",
        "eusc-de-east-1",
    ],
    default_region: Some("us-east-1"),
    region_endpoints: &[],
    // Each partition has a domain of its own: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    dns_suffixes: &[("cn-", ".com.cn"), ("eusc-", ".eu"), ("", ".com")],
    // https://docs.aws.amazon.com/AmazonS3/latest/API/dual-stack-endpoints.html
    // https://aws.amazon.com/compliance/fips/
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration-getting-started.html
    variants: &[
        (EndpointVariant::DualStack, "https://s3.dualstack.{region}.amazonaws{dns}"),
        (EndpointVariant::Fips, "https://s3-fips.{region}.amazonaws{dns}"),
        (EndpointVariant::FipsDualStack, "https://s3-fips.dualstack.{region}.amazonaws{dns}"),
        (EndpointVariant::Accelerate, "https://s3-accelerate.amazonaws.com"),
        (EndpointVariant::AccelerateDualStack, "https://s3-accelerate.dualstack.amazonaws.com"),
    ],
    signing_region: None,
    ambient_credentials: true,
    environment: &[],
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
    website: Some("http://{bucket}.s3-website.{region}.amazonaws{dns}"),
    // https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints
    region_websites: &[
        ("us-east-1", "http://{bucket}.s3-website-us-east-1.amazonaws.com"),
        ("us-west-1", "http://{bucket}.s3-website-us-west-1.amazonaws.com"),
        ("us-west-2", "http://{bucket}.s3-website-us-west-2.amazonaws.com"),
        ("ap-southeast-1", "http://{bucket}.s3-website-ap-southeast-1.amazonaws.com"),
        ("ap-southeast-2", "http://{bucket}.s3-website-ap-southeast-2.amazonaws.com"),
        ("ap-northeast-1", "http://{bucket}.s3-website-ap-northeast-1.amazonaws.com"),
        ("eu-west-1", "http://{bucket}.s3-website-eu-west-1.amazonaws.com"),
        ("sa-east-1", "http://{bucket}.s3-website-sa-east-1.amazonaws.com"),
        ("us-gov-west-1", "http://{bucket}.s3-website-us-gov-west-1.amazonaws.com"),
    ],
    cdn: None,
    docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html",
    quirks: Quirks::NONE,
}];
