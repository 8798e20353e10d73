//! Profiles as people write them, and what is wrong with some.

use super::*;

fn profiles(config: &str, credentials: &str) -> Profiles {
    let paths = [PathBuf::from("config"), PathBuf::from("credentials")];
    Profiles {
        config: Ini::parse(config, Dialect::Config, &paths[0]).unwrap(),
        credentials: Ini::parse(credentials, Dialect::Credentials, &paths[1]).unwrap(),
        paths,
        open_to_others: Vec::new(),
    }
}

fn key_id(plan: &Plan) -> &str {
    match &plan.base {
        Base::Keys { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_come_from_one_file_and_the_one_for_keys_goes_before() {
    let files = profiles(
        "[profile a]\naws_access_key_id=1\naws_secret_access_key=s1\naws_session_token=t1\nregion=eu\n",
        "[a]\naws_access_key_id=2\naws_secret_access_key=s2\n[b]\naws_access_key_id=3\n",
    );
    let plan = files.plan("a").unwrap().unwrap();
    assert!(
        matches!(plan.base, Base::Keys { id, secret, token: None } if id == "2" && secret.expose() == "s2")
    );
    let error = files.plan("b").unwrap_err();
    assert_eq!(error.to_string(), "the profile `b` lacks `aws_secret_access_key`");
    let error = files.plan("c").unwrap_err();
    assert_eq!(error.to_string(), "the profile `c` is in neither of `config` and `credentials`");
}

#[test]
fn a_profile_without_keys_is_none() {
    assert!(profiles("[default]\nregion=eu\n", "").plan("default").unwrap().is_none());
}

#[test]
fn roles_are_taken_on_from_the_inside_out() {
    let files = profiles(
        "[profile a]\nrole_arn=A\nsource_profile=b\nexternal_id=x\nregion=eu-1\nduration_seconds=900\n\
         [profile b]\nrole_arn=B\nsource_profile=c\nrole_session_name=n\n[profile d]\nrole_arn=D\nsource_profile=d\n\
         aws_access_key_id=4\naws_secret_access_key=s\n",
        "[c]\naws_access_key_id=3\naws_secret_access_key=s\n",
    );
    let plan = files.plan("a").unwrap().unwrap();
    assert_eq!(key_id(&plan), "3");
    let arns: Vec<_> = plan.roles.iter().map(|it| it.arn.as_str()).collect();
    assert_eq!(arns, ["B", "A"]);
    assert_eq!(plan.roles[0].session_name.as_deref(), Some("n"));
    assert_eq!(plan.roles[1].external_id.as_deref(), Some("x"));
    assert_eq!(plan.roles[1].duration_seconds, Some(900));
    let plan = files.plan("d").unwrap().unwrap();
    assert_eq!((key_id(&plan), plan.roles.len()), ("4", 1));
}

#[test]
fn other_bases_are_named() {
    let files = profiles(
        "[profile m]\nrole_arn=M\ncredential_source=Ec2InstanceMetadata\n\
         [profile w]\nrole_arn=W\nweb_identity_token_file=/t\n[profile wm]\nrole_arn=X\nsource_profile=w\n\
         [profile p]\ncredential_process = /bin/keys \"a b\"\n\
         [profile s]\nsso_session=work\nsso_account_id=123\nsso_role_name=R\n\
         [sso-session work]\nsso_region=eu-1\nsso_start_url=https://x\n\
         [profile o]\nsso_start_url=https://o\nsso_region=eu-2\nsso_account_id=123\nsso_role_name=R\n",
        "",
    );
    let plan = files.plan("m").unwrap().unwrap();
    assert!(matches!(plan.base, Base::InstanceMetadata) && plan.roles[0].arn == "M");
    let plan = files.plan("wm").unwrap().unwrap();
    assert!(
        matches!(plan.base, Base::WebIdentity { role, token_file } if role.arn == "W" && token_file == Path::new("/t"))
    );
    assert!(plan.roles.len() == 1 && plan.roles[0].arn == "X");
    let plan = files.plan("p").unwrap().unwrap();
    assert!(matches!(plan.base, Base::Process(line) if line.expose() == "/bin/keys \"a b\""));
    let plan = files.plan("s").unwrap().unwrap();
    assert!(matches!(plan.base, Base::Sso(it) if it.cached_under == "work" && it.region == "eu-1"));
    let plan = files.plan("o").unwrap().unwrap();
    assert!(matches!(plan.base, Base::Sso(it) if it.cached_under == "https://o" && it.region == "eu-2"));
}

#[test]
fn profiles_that_can_not_work_say_why() {
    let mut long = String::new();
    for at in 0..20 {
        long.push_str(&format!("[profile l{at}]\nrole_arn=R\nsource_profile=l{}\n", at + 1));
    }
    let files = profiles(
        &format!(
            "[profile a]\nrole_arn=A\nsource_profile=b\n[profile b]\nrole_arn=B\nsource_profile=a\n\
             [profile self]\nrole_arn=S\nsource_profile=self\n[profile none]\nrole_arn=N\n\
             [profile two]\nrole_arn=N\nsource_profile=a\ncredential_source=Environment\n\
             [profile odd]\nrole_arn=N\ncredential_source=canary\n[profile gone]\nrole_arn=N\nsource_profile=nobody\n\
             [profile empty]\nregion=x\n[profile onempty]\nrole_arn=N\nsource_profile=empty\n\
             [profile mfa]\nrole_arn=N\nsource_profile=a\nmfa_serial=canary\n\
             [profile time]\nrole_arn=N\nsource_profile=a\nduration_seconds=canary\n\
             [profile sso]\nsso_session=nowhere\n[profile old]\nsso_start_url=canary\n{long}"
        ),
        "",
    );
    for (name, want) in [
        ("a", "the profile `b` closes a circle"),
        ("self", "the profile `self` lacks `aws_access_key_id`"),
        ("none", "the profile `none` has a `role_arn` and needs exactly one of"),
        ("two", "the profile `two` has a `role_arn` and needs exactly one of"),
        ("odd", "the profile `odd` has a `credential_source` that is none of"),
        ("gone", "the profile `nobody` is in neither"),
        ("onempty", "the profile `empty` lacks `aws_access_key_id`"),
        ("mfa", "the profile `mfa` asks for a code"),
        ("time", "the profile `time` has a `duration_seconds`"),
        ("sso", "the profile `sso` names the session `nowhere`"),
        ("old", "the profile `old` lacks `sso_region`"),
        ("l0", "the profile `l8` comes after 8 others"),
    ] {
        let error = files.plan(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{name}");
        assert!(error.to_string().starts_with(want), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}
