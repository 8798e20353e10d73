# The users of the gateway.
set -eu
admin() {
  radosgw-admin -c '@home@/ceph.conf' -n client.rgw --admin-socket= "$@"
}
admin user create --uid=test --display-name=Test --access-key=testkey --secret-key=testsecret
admin caps add --uid=test --caps='roles=*;user-policy=*'
admin subuser create --uid=test --subuser=test:swift --access=full --key-type=swift --secret-key=swiftsecret
admin user create --uid=other --display-name=Other --access-key=otherkey --secret-key=othersecret
