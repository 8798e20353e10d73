//! Assertions that the certificate of an application signs:
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>.

use std::path::Path;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use memchr::memmem;
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};
use serde_json::json;
use storage_core::{Result, Runtime, Secret, blocking};
use storage_http::dates::unix_seconds;
use storage_http::hex_string;
use storage_http::sources::files::{read_bytes, refused};

/// How long an assertion is good; it is used at once.
const GOOD_FOR: Duration = Duration::from_secs(10 * 60);

/// Reads certificate and key, and signs an assertion with them.
///
/// # Errors
/// `Configuration` naming the file when it is no PEM file with a certificate and its RSA key.
pub(super) async fn assertion(
    runtime: &dyn Runtime,
    path: &Path,
    client_id: &str,
    audience: String,
    now: SystemTime,
) -> Result<Secret> {
    let bytes = read_bytes(runtime, path).await?;
    let mut id = [0; 16];
    runtime.random(&mut id);
    let claims = claims(client_id, &audience, &uuid(id), now);
    let path = path.to_owned();
    // A signature of RSA takes milliseconds.
    blocking(runtime, move || {
        let identity = Identity::read(bytes.expose()).map_err(|what| refused(&path, what))?;
        identity.sign(&claims).map_err(|what| refused(&path, what))
    })
    .await
}

fn claims(client_id: &str, audience: &str, id: &str, now: SystemTime) -> String {
    let seconds = unix_seconds(now);
    json!({
        "aud": audience,
        "exp": unix_seconds(now + GOOD_FOR),
        "iat": seconds,
        "iss": client_id,
        "jti": id,
        "nbf": seconds,
        "sub": client_id,
    })
    .to_string()
}

/// Writes a random number as a UUID.
fn uuid(mut bytes: [u8; 16]) -> String {
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let mut text = hex_string(&bytes);
    [20, 16, 12, 8].into_iter().for_each(|at| text.insert(at, '-'));
    text
}

/// A key with its certificate.
struct Identity {
    key: RsaKeyPair,
    /// SHA-256 of the certificate.
    thumbprint: digest::Digest,
}

impl Identity {
    /// Finds the key and the certificate of it in a PEM file, in any order, with the chain or without.
    fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        const CONVERT: &str = "is no PEM file with a certificate and its key; convert a PFX file by \
                               `openssl pkcs12 -in FILE.pfx -out FILE.pem -nodes`";
        let text = std::str::from_utf8(bytes).map_err(|_| CONVERT)?;
        let (mut key, mut certificates) = (None, Vec::new());
        for section in sections(text)? {
            match section.label {
                "CERTIFICATE" => certificates.push(section.der),
                "PRIVATE KEY" => key = Some(RsaKeyPair::from_pkcs8(section.der.expose())),
                "RSA PRIVATE KEY" => key = Some(RsaKeyPair::from_der(section.der.expose())),
                "EC PRIVATE KEY" => return Err("holds an elliptic key; Microsoft Entra ID takes RSA only"),
                "ENCRYPTED PRIVATE KEY" => {
                    return Err("holds an encrypted key; decrypt it by \
                                `openssl pkcs8 -in FILE.pem -out KEY.pem`, and put the certificate behind it");
                }
                _ => {}
            }
        }
        let key = match key {
            Some(key) => key.map_err(|_| "holds a key that is no RSA key of 2048 bits or more")?,
            None if certificates.is_empty() => return Err(CONVERT),
            None => return Err("holds a certificate and no key; put the key behind it"),
        };
        // A certificate has the very bytes of the key that it is about.
        let public = key.public_key().as_ref();
        let own = certificates.iter().find(|it| memmem::find(it.expose(), public).is_some());
        let own = own.ok_or("holds no certificate of its key")?;
        let thumbprint = digest::digest(&digest::SHA256, own.expose());
        Ok(Self { key, thumbprint })
    }

    fn sign(&self, claims: &str) -> Result<Secret, &'static str> {
        let header = json!({
            "alg": "PS256",
            "typ": "JWT",
            "x5t#S256": URL_SAFE_NO_PAD.encode(self.thumbprint),
        });
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| "holds a key that can't sign")?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
        Ok(Secret::new(token))
    }
}

/// A section of a PEM file.
struct Section<'a> {
    label: &'a str,
    der: Secret<Vec<u8>>,
}

/// Reads a PEM file; what stands between its sections is for people.
fn sections(text: &str) -> Result<Vec<Section<'_>>, &'static str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or("holds a section without a name")?;
        let end = format!("-----END {label}-----");
        let (body, after) = after.split_once(end.as_str()).ok_or("holds a section without an end")?;
        rest = after;
        // Lines such as `Proc-Type: 4,ENCRYPTED` belong to keys in an old form of encryption.
        if body.contains(':') {
            return Err("holds an encrypted key; decrypt it by `openssl pkey -in FILE.pem -out KEY.pem`");
        }
        let mut content = String::with_capacity(body.len());
        content.extend(body.split_ascii_whitespace());
        let content = Secret::new(content);
        let der = STANDARD.decode(content.expose()).map_err(|_| "holds a section that is no base64")?;
        found.push(Section { label, der: Secret::new(der) });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
