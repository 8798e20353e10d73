"""Lets the user ask for session tokens, and has the gateway make its pools, so that no test waits for them."""

import boto3

SESSION = boto3.Session(aws_access_key_id="testkey", aws_secret_access_key="testsecret", region_name="us-east-1")
POLICY = """{"Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}]}"""

iam = SESSION.client("iam", endpoint_url="http://127.0.0.1:@port@")
iam.put_user_policy(UserName="test", PolicyName="tokens", PolicyDocument=POLICY)
s3 = SESSION.client("s3", endpoint_url="http://127.0.0.1:@port@")
s3.create_bucket(Bucket="first")
s3.put_object(Bucket="first", Key="object", Body=b"")
upload = s3.create_multipart_upload(Bucket="first", Key="upload")["UploadId"]
s3.abort_multipart_upload(Bucket="first", Key="upload", UploadId=upload)
s3.delete_object(Bucket="first", Key="object")
s3.delete_bucket(Bucket="first")
