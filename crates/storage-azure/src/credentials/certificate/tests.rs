use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;
use storage_core::{ErrorKind, TokioRuntime};
use storage_testkit::TestRuntime;

use super::*;

/// A key that was made for these tests, with its certificate.
const IDENTITY: &str = include_str!("testdata/identity.pem");
/// A certificate of another key.
const ANOTHER: &str = include_str!("testdata/another.pem");
/// SHA-256 of the certificate, as `openssl x509 -outform der | openssl dgst -sha256` tells it.
const THUMBPRINT: &str = "e06roy5Fp7JwMZDOrs3wMtNdrLGQR_X1HQ_mtY6oSv4";

fn halves() -> (&'static str, &'static str) {
    IDENTITY.split_at(IDENTITY.find("-----BEGIN CERTIFICATE").unwrap())
}

fn file(bytes: impl AsRef<[u8]>) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

fn json(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn an_assertion_says_who_asks_whom_and_is_signed() {
    let runtime = TestRuntime::new(1);
    let (key, certificate) = halves();
    let crlf = IDENTITY.replace('\n', "\r\n");
    for text in [
        IDENTITY.to_owned(),
        crlf,
        format!("{certificate}{key}"),
        format!("Bag Attributes\n  x\n{ANOTHER}{IDENTITY}"),
        format!("{key}{certificate}{ANOTHER}"),
    ] {
        let file = file(text);
        let audience = "https://login.example.com/t/oauth2/v2.0/token";
        let token =
            assertion(&runtime, file.path(), "app", audience.to_owned(), runtime.now()).await.unwrap();
        let parts: Vec<_> = token.expose().split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("three parts") };
        assert_eq!(json(header), json!({"alg": "PS256", "typ": "JWT", "x5t#S256": THUMBPRINT}));
        let claims_read = json(claims);
        let id = claims_read["jti"].as_str().unwrap();
        assert_eq!((id.len(), id.as_bytes()[14], id.matches('-').count()), (36, b'4', 4));
        let now = 1_767_225_600;
        let want = json!({
            "aud": audience, "exp": now + 600, "iat": now, "iss": "app", "jti": id, "nbf": now, "sub": "app",
        });
        assert_eq!(claims_read, want);
        let own = Identity::read(IDENTITY.as_bytes()).unwrap_or_else(|what| panic!("{what}"));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, own.key.public_key().as_ref())
            .verify(signed.as_bytes(), &signature)
            .unwrap();
    }
}

#[tokio::test]
async fn every_assertion_has_an_id_of_its_own() {
    let (runtime, file) = (TestRuntime::new(1), file(IDENTITY));
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3 {
        let token = assertion(&runtime, file.path(), "app", "a".to_owned(), runtime.now()).await.unwrap();
        let claims = json(token.expose().split('.').nth(1).unwrap());
        assert!(seen.insert(claims["jti"].as_str().unwrap().to_owned()));
    }
}

#[tokio::test]
async fn a_file_that_is_no_good_says_what_to_do() {
    let (key, certificate) = halves();
    let renamed = |label: &str| key.replace("PRIVATE KEY", label);
    let cut = &IDENTITY[..IDENTITY.len() / 3];
    for (bytes, want) in [
        (b"\x30\x82\x09\xdf\x02\x01\x03\x30\xff".to_vec(), "openssl pkcs12 -in FILE.pfx"),
        (b"0\x01\x02".to_vec(), "openssl pkcs12 -in FILE.pfx"),
        (Vec::new(), "openssl pkcs12 -in FILE.pfx"),
        (certificate.into(), "a certificate and no key"),
        (key.into(), "no certificate of its key"),
        (format!("{key}{ANOTHER}").into(), "no certificate of its key"),
        (renamed("ENCRYPTED PRIVATE KEY").into(), "openssl pkcs8"),
        (renamed("EC PRIVATE KEY").into(), "RSA only"),
        (renamed("RSA PRIVATE KEY").into(), "no RSA key of 2048 bits"),
        (key.replacen('\n', "\nProc-Type: 4,ENCRYPTED\n", 1).into(), "openssl pkey"),
        (key.replacen('\n', "\n!", 1).into(), "no base64"),
        (cut.into(), "without an end"),
        (b"-----BEGIN canary".to_vec(), "without a name"),
    ] {
        let file = file(bytes);
        let now = SystemTime::UNIX_EPOCH;
        let error = assertion(&TokioRuntime, file.path(), "app", String::new(), now).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(want), "{want}: {error}");
        assert!(!error.to_string().contains("canary"), "{error}");
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    }
    let error =
        assertion(&TokioRuntime, Path::new("/nowhere/x.pem"), "a", String::new(), SystemTime::UNIX_EPOCH);
    assert!(error.await.unwrap_err().to_string().contains("is not there"));
}
