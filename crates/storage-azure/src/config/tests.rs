use proptest::prelude::*;
use storage_core::ContainerName;

use super::connection_string::{EMULATOR_ACCOUNT, EMULATOR_KEY};
use super::*;
use crate::credentials::{Credential, Identity};

const KEY: &str = "Y2FuYXJ5";
const SAS: &str = "sv=2026-02-06&se=2026-01-01T00%3A00%3A00Z&sr=c&sp=r&sig=canary%3D";

fn read(pairs: &[(&str, &str)]) -> Result<AzureConfig> {
    AzureConfig::from_pairs(&pairs.iter().copied().collect())
}

fn resolve(pairs: &[(&str, &str)]) -> Result<Resolved> {
    read(pairs)?.resolve()
}

fn good(pairs: &[(&str, &str)]) -> Resolved {
    resolve(pairs).unwrap_or_else(|error| panic!("{pairs:?}: {error}"))
}

/// Returns the address of a container.
fn address(pairs: &[(&str, &str)]) -> String {
    let place = good(pairs).place;
    format!("{}{}", place.endpoint, place.container(&ContainerName::parse("c").unwrap(), ""))
}

/// Returns the address of a container at the second place.
fn second(pairs: &[(&str, &str)]) -> String {
    let place = good(pairs).place;
    format!("{}{}", place.secondary.expect("there is a second place"), place.secondary_base)
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    let error = resolve(pairs).expect_err("the settings are bad");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let shown = format!("{error} {error:?}");
    for secret in ["canary", KEY, EMULATOR_KEY] {
        assert!(!shown.contains(secret), "{shown}");
    }
    error.to_string()
}

/// Tells which credentials were chosen.
fn chosen(pairs: &[(&str, &str)]) -> &'static str {
    let settings = good(pairs).credentials;
    match settings.fixed {
        Some(Credential::Anonymous) => "anonymous",
        Some(Credential::SharedKey(_)) => "key",
        Some(Credential::Sas(_)) => "sas",
        Some(Credential::Bearer(_)) => "bearer",
        None if settings.only_cli => "cli",
        None if settings.client_secret.is_some() => "secret",
        None => "searched",
    }
}

/// A value that a key takes.
fn sample(key: &str) -> &'static str {
    match key {
        "port" => "443",
        "secure" | "read_secondary" | "use_emulator" | "allow_http" | "anonymous" | "imds_disabled"
        | "use_azure_cli" | "versions" => "true",
        "auth_type" => "sharedKey",
        "cloud" => "AzureChinaCloud",
        "blob_type" => "AppendBlob",
        _ => "text",
    }
}

#[test]
fn every_key_is_read_and_an_unknown_one_names_them() {
    for key in AzureConfig::KEYS {
        assert!(read(&[(key, sample(key))]).is_ok(), "{key}");
    }
    for (alias, key) in AzureConfig::ALIASES {
        assert!(read(&[(alias, sample(key))]).is_ok(), "{alias}");
        assert!(!AzureConfig::KEYS.contains(alias), "{alias}");
    }
    let shown = read(&[("acount_key", "canary")]).unwrap_err().to_string();
    assert!(shown.contains("unknown setting `acount_key`; did you mean `account_key`?"), "{shown}");
    assert!(AzureConfig::KEYS.iter().all(|key| shown.contains(key)));
}

#[test]
fn the_words_of_libcloud_are_understood() {
    let pairs = [
        ("key", "acme"),
        ("secret", KEY),
        ("secure", "true"),
        ("timeout", "20"),
        ("proxy_url", "http://p:1"),
    ];
    let resolved = good(&pairs);
    assert_eq!(resolved.place.endpoint.to_string(), "https://acme.blob.core.windows.net");
    assert!(matches!(resolved.credentials.fixed, Some(Credential::SharedKey(it)) if it.account == "acme"));
    assert_eq!(resolved.http.answer_timeout.as_secs(), 20);
    assert_eq!(resolved.http.proxy.unwrap().expose(), "http://p:1");
    assert_eq!(chosen(&[("key", "acme"), ("secret", SAS)]), "sas");
    assert_eq!(chosen(&[("key", "acme"), ("secret", "?sig=x")]), "sas");
    let pairs = [
        ("key", "acme"),
        ("secret", "canary~secret"),
        ("auth_type", "azureAd"),
        ("tenant_id", "t"),
        ("identity", "i"),
        ("cloud_environment", "AzureUSGovernment"),
    ];
    let resolved = good(&pairs);
    assert_eq!(resolved.place.endpoint.host(), "acme.blob.core.usgovcloudapi.net");
    assert_eq!(resolved.credentials.client_secret.unwrap().expose(), "canary~secret");
    assert_eq!(resolved.credentials.client_id.as_deref(), Some("i"));
    assert_eq!(resolved.credentials.authority, "https://login.microsoftonline.us");
    for (host, want) in [
        ("blob.core.usgovcloudapi.net", "https://acme.blob.core.usgovcloudapi.net/c"),
        ("privatelink.blob.core.windows.net", "https://acme.privatelink.blob.core.windows.net/c"),
        ("acme.blob.core.windows.net", "https://acme.blob.core.windows.net/c"),
        ("edge.example.com", "https://edge.example.com/acme/c"),
    ] {
        assert_eq!(address(&[("key", "acme"), ("host", host)]), want);
    }
    let pairs = [("connection_string", "AccountName=acme"), ("host", "blob.core.chinacloudapi.cn")];
    assert_eq!(address(&pairs), "https://acme.blob.core.chinacloudapi.cn/c");
    let local = [("key", "acme"), ("host", "localhost"), ("port", "10000"), ("secure", "false")];
    assert_eq!(address(&local), "http://localhost:10000/acme/c");
}

#[test]
fn addresses_follow_the_account_the_cloud_and_the_settings() {
    for (pairs, want) in [
        (&[("account", "acme")][..], "https://acme.blob.core.windows.net/c"),
        (&[("account", "acme"), ("cloud", "china")], "https://acme.blob.core.chinacloudapi.cn/c"),
        (&[("account", "acme"), ("cloud", "us-government")], "https://acme.blob.core.usgovcloudapi.net/c"),
        (
            &[("account", "acme"), ("endpoint_suffix", "local.azurestack.external")],
            "https://acme.blob.local.azurestack.external/c",
        ),
        (&[("endpoint", "https://acme.blob.core.windows.net/")], "https://acme.blob.core.windows.net/c"),
        (
            &[("endpoint", "https://acme.z01.blob.storage.azure.net")],
            "https://acme.z01.blob.storage.azure.net/c",
        ),
        (&[("endpoint", "https://blobs.example.com"), ("account", "acme")], "https://blobs.example.com/c"),
        (&[("endpoint", "https://edge.example.com:8443/acme/")], "https://edge.example.com:8443/acme/c"),
        (
            &[("endpoint", "http://127.0.0.1:10000/devstoreaccount1")],
            "http://127.0.0.1:10000/devstoreaccount1/c",
        ),
        (&[("endpoint", "http://127.0.0.1:10000"), ("account", "acme")], "http://127.0.0.1:10000/acme/c"),
        (&[("endpoint", "http://[::1]:10000/acme")], "http://[::1]:10000/acme/c"),
        (&[("endpoint", "http://store:80/acme"), ("allow_http", "true")], "http://store/acme/c"),
        (&[("use_emulator", "true")], "http://127.0.0.1:10000/devstoreaccount1/c"),
    ] {
        assert_eq!(address(pairs), want);
    }
}

#[test]
fn the_second_place_is_beside_the_first() {
    for (pairs, want) in [
        (&[("account", "acme")][..], "https://acme-secondary.blob.core.windows.net"),
        (
            &[("endpoint", "https://acme.blob.core.windows.net:8443")],
            "https://acme-secondary.blob.core.windows.net:8443",
        ),
        (&[("use_emulator", "true")], "http://127.0.0.1:10000/devstoreaccount1-secondary"),
        (
            &[
                ("endpoint", "https://one.example.com"),
                ("account", "acme"),
                ("secondary_endpoint", "https://two.example.com"),
            ],
            "https://two.example.com",
        ),
        (
            &[("account", "acme"), ("secondary_endpoint", "https://acme-secondary.blob.core.windows.net/")],
            "https://acme-secondary.blob.core.windows.net",
        ),
        (
            &[
                ("endpoint", "https://edge.example.com/acme"),
                ("secondary_endpoint", "https://two.example.com/acme-secondary"),
            ],
            "https://two.example.com/acme-secondary",
        ),
    ] {
        let pairs: Vec<_> = pairs.iter().copied().chain([("read_secondary", "true")]).collect();
        assert_eq!(second(&pairs), want);
    }
    assert!(good(&[("account", "acme")]).place.secondary.is_none());
    let own = ("secondary_endpoint", "https://two.example.com");
    assert!(refusal(&[("account", "acme"), own]).contains("of no use without `read_secondary`"));
    let custom = [("endpoint", "https://one.example.com"), ("account", "acme"), ("read_secondary", "on")];
    assert!(refusal(&custom).contains("`secondary_endpoint` is missing"));
}

#[test]
fn connection_strings_say_everything() {
    let emulator = "http://127.0.0.1:10000/devstoreaccount1/c";
    let full = format!(
        "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY};EndpointSuffix=core.windows.net"
    );
    let sas = format!(
        "BlobEndpoint=https://acme.blob.core.windows.net/;QueueEndpoint=https://x/;SharedAccessSignature={SAS}"
    );
    for (text, want, credentials) in [
        (full.as_str(), "https://acme.blob.core.windows.net/c", "key"),
        (&format!(" {full} ; "), "https://acme.blob.core.windows.net/c", "key"),
        (&sas, "https://acme.blob.core.windows.net/c", "sas"),
        ("AccountName=acme", "https://acme.blob.core.windows.net/c", "searched"),
        (
            "accountname=acme;ENDPOINTSUFFIX=core.chinacloudapi.cn",
            "https://acme.blob.core.chinacloudapi.cn/c",
            "searched",
        ),
        (
            "BlobEndpoint=https://blobs.example.com;AccountName=acme;AccountKey=YQ==",
            "https://blobs.example.com/c",
            "key",
        ),
        ("UseDevelopmentStorage=true", emulator, "key"),
        (
            "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://localhost",
            "http://localhost:10000/devstoreaccount1/c",
            "key",
        ),
        ("UseDevelopmentStorage=false;AccountName=acme", "https://acme.blob.core.windows.net/c", "searched"),
    ] {
        let pairs = [("connection_string", text)];
        assert_eq!((address(&pairs).as_str(), chosen(&pairs)), (want, credentials), "{text}");
    }
    let two = "AccountName=acme;BlobSecondaryEndpoint=https://two.example.com/";
    assert_eq!(second(&[("connection_string", two), ("read_secondary", "yes")]), "https://two.example.com");
    let resolved = good(&[("use_emulator", "true")]);
    assert_eq!(resolved.place.account, EMULATOR_ACCOUNT);
    // What is given by name goes before.
    let pairs =
        [("connection_string", full.as_str()), ("endpoint", "https://acme.example.com"), ("sas_token", SAS)];
    assert_eq!((address(&pairs).as_str(), chosen(&pairs)), ("https://acme.example.com/c", "sas"));
}

#[test]
fn bad_connection_strings_name_the_part() {
    for (text, want) in [
        ("canary", "a part without `=`"),
        ("AccountName=acme;Canary=canary", "a part that is unknown"),
        ("\"AccountName=acme\"", "a part that is unknown"),
        ("AccountName=acme;AccountName=canary", "`AccountName` twice"),
        ("AccountName=acme;DefaultEndpointsProtocol=canary", "`DefaultEndpointsProtocol`"),
        ("UseDevelopmentStorage=canary", "`UseDevelopmentStorage`"),
        ("AccountName=acme;DevelopmentStorageProxyUri=http://canary", "without `UseDevelopmentStorage=true`"),
        ("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=canary", "`DevelopmentStorageProxyUri`"),
        ("AccountKey=Y2FuYXJ5", "`AccountKey` without `AccountName`"),
        ("AccountName=acme;AccountKey=Y2FuYXJ5;SharedAccessSignature=sig=canary", "leave one of them out"),
        ("SharedAccessSignature=sig=canary", "neither `AccountName` nor `BlobEndpoint`"),
        ("AccountName=acme;AccountKey=canary!", "an `AccountKey` and is no base64"),
        ("AccountName=acme;SharedAccessSignature=canary", "a `SharedAccessSignature` and has no signature"),
        ("AccountName=acme;BlobEndpoint=canary", "`connection_string` is no address"),
        ("AccountName=acme;DefaultEndpointsProtocol=http", "in the clear"),
    ] {
        let shown = refusal(&[("connection_string", text)]);
        assert!(shown.contains("`connection_string`") && shown.contains(want), "{want}: {shown}");
    }
}

#[test]
fn one_way_to_credentials_is_chosen() {
    let connection = format!("AccountName=acme;AccountKey={KEY}");
    let application = [("tenant_id", "t"), ("client_id", "i"), ("client_secret", "canary")];
    for (pairs, want) in [
        (&[("anonymous", "true"), ("account_key", "bad!"), ("sas_token", "bad")][..], "anonymous"),
        (&[("account_key", KEY)], "key"),
        (&[("account_key", " Y2FuYXJ5\n")], "key"),
        (&[("sas_token", SAS)], "sas"),
        (&[("bearer_token", "ey.canary")], "bearer"),
        (&[("connection_string", connection.as_str())], "key"),
        (&[("connection_string", connection.as_str()), ("bearer_token", "ey")], "bearer"),
        (&[("connection_string", connection.as_str()), ("use_azure_cli", "true")], "cli"),
        (&[("use_azure_cli", "true")], "cli"),
        (&[], "searched"),
    ] {
        let given: Vec<_> = pairs.iter().copied().chain([("account", "acme")]).collect();
        assert_eq!(chosen(&given), want, "{pairs:?}");
        // What the environment says of an application is the weaker.
        let given: Vec<_> = given.into_iter().chain(application).collect();
        let want = if want == "searched" { "secret" } else { want };
        assert_eq!(chosen(&given), want, "{pairs:?}");
    }
}

#[test]
fn credentials_that_do_not_go_together_are_refused_by_name() {
    let application = |pair| {
        [("account", "acme"), ("tenant_id", "t"), ("client_id", "i"), ("client_secret", "canary"), pair]
    };
    for (pairs, want) in [
        (&[][..], "`account` is missing"),
        (
            &[("account", "acme"), ("account_key", KEY), ("sas_token", SAS)],
            "`account_key` and `sas_token` are given",
        ),
        (
            &[("account", "acme"), ("sas_token", SAS), ("bearer_token", "canary")],
            "`sas_token` and `bearer_token` are given",
        ),
        (
            &[("account", "acme"), ("account_key", KEY), ("use_azure_cli", "on")],
            "`account_key` and `use_azure_cli` are given",
        ),
        (&[("account", "acme"), ("account_key", "canary")], "`account_key` is given and is no base64"),
        (&[("account", "acme"), ("sas_token", "canary")], "`sas_token` is given and has no signature"),
        (&[("account", "acme"), ("account_key", "?canary")], "`account_key` is given and has no signature"),
        (&[("account", "acme"), ("bearer_token", "canary canary")], "`bearer_token` holds a blank"),
        (
            &application(("client_certificate", "canary.pem")),
            "`client_secret` and `client_certificate` are given",
        ),
        (&application(("secret", "canary")), "is no base64"),
        (
            &[("account", "acme"), ("client_secret", "canary"), ("client_id", "i")],
            "`tenant_id` is missing beside `client_secret`",
        ),
        (
            &[("account", "acme"), ("tenant_id", "t"), ("federated_token_file", "/x")],
            "`client_id` is missing beside `federated_token_file`",
        ),
        (&[("account", "acme"), ("tenant_id", "../canary")], "`tenant_id` is neither"),
        (&[("account", "acme"), ("tenant_id", "--canary")], "`tenant_id` is neither"),
        (
            &[("account", "acme"), ("msi_client_id", "a"), ("msi_object_id", "b")],
            "`msi_client_id` and `msi_object_id` are given",
        ),
        (&[("account", "acme"), ("msi_client_id", "canary\nx")], "control character"),
    ] {
        refused(pairs, want);
    }
}

#[test]
fn places_that_do_not_go_together_are_refused_by_name() {
    for (pairs, want) in [
        (&[("account", "Acme!canary")][..], "`account` may hold"),
        (&[("account", "acme.canary.com/")], "`account` may hold"),
        (
            &[("account", "one"), ("endpoint", "https://two.blob.core.windows.net")],
            "`account` and `endpoint` name different accounts",
        ),
        (
            &[("account", "one"), ("endpoint", "http://localhost/two")],
            "`account` and `endpoint` name different accounts",
        ),
        (
            &[("account", "one"), ("connection_string", "AccountName=two")],
            "`account` and `connection_string` name different",
        ),
        (
            &[("account", "one"), ("connection_string", "AccountName=one"), ("use_emulator", "1")],
            "`connection_string` and `use_emulator`",
        ),
        (&[("endpoint", "https://blobs.example.com")], "`account` is missing"),
        (&[("endpoint", "https://canary@blobs.example.com/acme")], "`endpoint` is no address"),
        (&[("endpoint", "blobs.example.com/acme")], "`endpoint` is no address"),
        (&[("endpoint", "https://edge.example.com/acme/canary")], "more in its path"),
        (
            &[("endpoint", "https://acme.blob.core.windows.net/?sig=canary")],
            "give a signed one as `sas_token`",
        ),
        (&[("endpoint", "https://a.example.com/acme"), ("host", "b")], "`endpoint` and `host` are given"),
        (&[("endpoint", "https://a.example.com/acme"), ("port", "1")], "write the port into `endpoint`"),
        (
            &[("endpoint", "https://a.example.com/acme"), ("secure", "no")],
            "`secure` and the scheme of `endpoint` disagree",
        ),
        (&[("account", "acme"), ("endpoint_suffix", "canary/../x")], "`endpoint_suffix` is no domain"),
        (
            &[
                ("account", "acme"),
                ("encryption_scope", "s"),
                ("customer_key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
            ],
            "do not go together",
        ),
        (&[("account", "acme"), ("customer_key", KEY)], "`customer_key` must be 32 bytes in base64"),
        (&[("account", "acme"), ("tier", "canary\r\nx: y")], "`tier` holds what no header can carry"),
        (&[("account", "acme"), ("website_endpoint", "canary")], "`website_endpoint` is no address"),
        (&[("account", "acme"), ("authority_host", "https://a/canary")], "`authority_host` is no address"),
        (&[("account", "acme"), ("audience", "canary canary")], "`audience` is no address"),
        (&[("account", "acme"), ("cloud", "canary")], "`cloud` must be one of public, china, us_government"),
        (&[("account", "acme"), ("timeout", "canary")], "`timeout` must be a time"),
    ] {
        refused(pairs, want);
    }
}

fn refused(pairs: &[(&str, &str)], want: &str) {
    let shown = refusal(pairs);
    assert!(shown.contains(want), "{want}: {shown}");
}

#[test]
fn fault_129_nothing_goes_in_the_clear_to_another_machine() {
    for (pairs, key) in [
        (&[("account", "acme"), ("secure", "false")][..], "secure"),
        (&[("endpoint", "http://store.example.com/acme")], "endpoint"),
        (&[("endpoint", "http://10.0.0.1/acme")], "endpoint"),
        (&[("endpoint", "http://127.0.0.1.example.com/acme")], "endpoint"),
        (&[("account", "acme"), ("host", "store.example.com"), ("secure", "no")], "host"),
        (&[("connection_string", "BlobEndpoint=http://store.example.com/acme")], "connection_string"),
        (
            &[
                ("account", "acme"),
                ("read_secondary", "on"),
                ("secondary_endpoint", "http://two.example.com"),
            ],
            "secondary_endpoint",
        ),
        (&[("account", "acme"), ("authority_host", "http://login.example.com")], "authority_host"),
    ] {
        for credentials in
            [("account_key", KEY), ("sas_token", SAS), ("bearer_token", "ey.canary"), ("client_id", "i")]
        {
            // Nobody asks for tokens with the others.
            if key == "authority_host" && credentials.0 != "client_id" {
                continue;
            }
            let pairs: Vec<_> = pairs.iter().copied().chain([credentials]).collect();
            let shown = refusal(&pairs);
            assert!(shown.contains(&format!("`{key}` leads to another machine in the clear")), "{shown}");
            assert!(shown.contains("tokens and signed queries") && shown.contains("`allow_http`"), "{shown}");
            let pairs: Vec<_> = pairs.into_iter().chain([("allow_http", "true")]).collect();
            assert!(resolve(&pairs).is_ok());
        }
    }
    for near in
        ["http://127.0.0.1:1/acme", "http://[::1]/acme", "http://localhost/acme", "http://x.localhost/acme"]
    {
        assert!(resolve(&[("endpoint", near), ("sas_token", SAS)]).is_ok(), "{near}");
    }
}

#[test]
fn fault_131_only_what_is_near_is_asked_in_the_clear() {
    for key in ["identity_endpoint", "imds_endpoint"] {
        for address in [
            "http://localhost:42356/msi/token",
            "http://127.0.0.1:41741/MSI/token/",
            "http://169.254.129.3:8081/msi/token",
            "http://172.16.1.3:8081/msi/token",
            "http://[::1]/token",
            "https://identity.example.com/token",
        ] {
            assert!(resolve(&[("account", "acme"), (key, address)]).is_ok(), "{address}");
        }
        for address in [
            "http://canary.example.com/token",
            "http://localhost.canary.com/",
            "http://127.0.0.1.canary.com/",
            "http://localhost@canary.com/",
            "http://2130706433/canary",
            "http://8.8.8.8/canary",
            "ftp://localhost/canary",
            "//localhost/canary",
            "canary",
            "http://",
        ] {
            let shown = refusal(&[("account", "acme"), (key, address)]);
            assert!(shown.contains(&format!("`{key}`")), "{shown}");
        }
    }
}

#[test]
fn identities_and_tokens_are_named() {
    let settings = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().copied().chain([("account", "acme")]).collect();
        good(&pairs).credentials
    };
    assert_eq!(settings(&[]).identity, Identity::System);
    assert_eq!(settings(&[("client_id", "i")]).identity, Identity::Client("i".to_owned()));
    assert_eq!(
        settings(&[("client_id", "i"), ("object_id", "o")]).identity,
        Identity::Object("o".to_owned())
    );
    assert_eq!(settings(&[("msi_resource_id", "/r")]).identity, Identity::Resource("/r".to_owned()));
    assert_eq!(settings(&[]).audience, "https://storage.azure.com");
    assert_eq!(settings(&[("audience", "https://a.example.com/.default")]).audience, "https://a.example.com");
    assert_eq!(settings(&[]).authority, "https://login.microsoftonline.com");
    assert_eq!(settings(&[("cloud", "china")]).authority, "https://login.chinacloudapi.cn");
    assert_eq!(settings(&[("authority_host", "login.example.com/")]).authority, "https://login.example.com");
}

#[test]
fn defaults_are_taken_over() {
    let resolved = good(&[
        ("account", "acme"),
        ("tier", "Cool"),
        ("blob_type", "append"),
        ("customer_key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
        ("versions", "true"),
        ("website_endpoint", "https://acme.z6.web.core.windows.net/"),
        ("cdn_endpoint", "https://acme.azureedge.net"),
    ]);
    assert_eq!(resolved.defaults.tier.as_deref(), Some("Cool"));
    assert_eq!(resolved.defaults.blob_type, BlobType::Append);
    assert_eq!(resolved.defaults.customer_key.unwrap().expose(), b"01234567890123456789012345678901");
    assert!(resolved.versions);
    assert_eq!(resolved.website_endpoint.as_deref(), Some("https://acme.z6.web.core.windows.net"));
    assert_eq!(resolved.cdn_endpoint.as_deref(), Some("https://acme.azureedge.net"));
}

#[test]
fn options_of_a_write_come_from_pairs() {
    let pairs: Pairs = [
        ("blob-type", "Page"),
        ("access_tier", "Cool"),
        ("lease", "l"),
        ("immutability_until", "2030-01-01T00:00:00Z"),
        ("immutability_policy_mode", "locked"),
        ("legal_hold", "yes"),
    ]
    .into_iter()
    .collect();
    let options: AzurePutOptions = pairs.parse().unwrap();
    assert_eq!(options.blob_type.map(BlobType::name), Some("PageBlob"));
    assert_eq!(options.tier.as_deref(), Some("Cool"));
    assert_eq!(options.lease_id.as_deref(), Some("l"));
    assert_eq!(options.immutability_until.unwrap().0.year(), 2030);
    assert_eq!(options.immutability_mode.map(ImmutabilityMode::name), Some("Locked"));
    assert_eq!(options.legal_hold, Some(true));
    let bad: Pairs = [("immutability_until", "canary")].into_iter().collect();
    let shown = bad.parse::<AzurePutOptions>().unwrap_err().to_string();
    assert!(shown.contains("`immutability_until` must be a time") && !shown.contains("canary"), "{shown}");
}

proptest! {
    #[test]
    fn fault_175_any_settings_end_in_a_place_or_an_error(
        key in proptest::sample::select(AzureConfig::KEYS),
        value in ".{0,40}|(https?|HTTP)://[a-z.:@/?\\[\\]]{0,20}|[A-Za-z]{1,20}=.{0,20}(;[A-Za-z]{1,20}=.{0,9})*",
    ) {
        if let Err(error) = resolve(&[("account", "acme"), (key, &value)]) {
            prop_assert_eq!(error.kind(), ErrorKind::Configuration);
        }
    }
}
