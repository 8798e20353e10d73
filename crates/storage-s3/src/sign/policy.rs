//! Forms by which a browser uploads without credentials of its own.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

use std::ops::RangeInclusive;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};
use storage_core::{Error, ErrorKind, Result, Secret};

use crate::sign::presign::check_expiry;
use crate::sign::v4::{ALGORITHM, Signer};
use storage_http::dates::{Stamp, iso_date};
use storage_http::hex;

/// What a form may upload, and for how long.
///
/// Whatever is not allowed here is refused by the service, so the form can be given to anybody.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostPolicy {
    /// The key that the object gets.
    pub key: PostValue,
    /// How long the form is good, at most 7 days.
    pub expires: Duration,
    /// How many bytes the object may have; any number by default.
    pub length_bytes: Option<RangeInclusive<u64>>,
    /// The content type; none can be sent by default.
    pub content_type: Option<PostValue>,
    /// Other fields of the form, such as `acl` or `x-amz-meta-author`.
    pub fields: Vec<(String, PostValue)>,
}

/// A field of a form: given, or filled in by whoever uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostValue {
    /// Exactly this.
    Exact(String),
    /// Anything that starts so; with an empty text, anything.
    StartsWith(String),
}

/// A signed form: its fields go before the field `file`, in this order.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostForm {
    /// Where the form is posted to, as `multipart/form-data`.
    pub url: String,
    /// The fields; whoever has them may do what they allow.
    pub fields: Vec<(String, Secret)>,
}

impl PostPolicy {
    /// Allows one object under this key.
    pub fn for_key(key: impl Into<String>, expires: Duration) -> Self {
        Self::new(PostValue::Exact(key.into()), expires)
    }

    /// Allows objects whose keys start so; the form asks for the name of the uploaded file behind it.
    pub fn for_prefix(prefix: impl Into<String>, expires: Duration) -> Self {
        Self::new(PostValue::StartsWith(prefix.into()), expires)
    }

    fn new(key: PostValue, expires: Duration) -> Self {
        Self { key, expires, length_bytes: None, content_type: None, fields: Vec::new() }
    }

    /// Limits how many bytes the object may have.
    #[must_use]
    pub fn length_bytes(mut self, range: RangeInclusive<u64>) -> Self {
        self.length_bytes = Some(range);
        self
    }

    /// Sets the content type.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(PostValue::Exact(content_type.into()));
        self
    }

    /// Allows content types that start so, such as `image/`.
    #[must_use]
    pub fn content_type_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.content_type = Some(PostValue::StartsWith(prefix.into()));
        self
    }

    /// Sets who may use the object, by one of the service's words, such as `public-read`.
    #[must_use]
    pub fn acl(self, acl: impl Into<String>) -> Self {
        self.field("acl", PostValue::Exact(acl.into()))
    }

    /// Sets an entry of the metadata.
    #[must_use]
    pub fn metadata(self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        let name = format!("x-amz-meta-{}", name.as_ref().to_ascii_lowercase());
        self.field(name, PostValue::Exact(value.into()))
    }

    /// Sets another field, such as `success_action_status` or `x-amz-storage-class`.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: PostValue) -> Self {
        self.fields.push((name.into(), value));
        self
    }

    /// Goes through all fields that the policy is about.
    fn values(&self) -> impl Iterator<Item = (&str, &PostValue)> {
        let key = std::iter::once(("key", &self.key));
        let content_type = self.content_type.as_ref().map(|value| ("Content-Type", value));
        key.chain(content_type).chain(self.fields.iter().map(|(name, value)| (name.as_str(), value)))
    }

    fn check(&self) -> Result<()> {
        check_expiry(self.expires)?;
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
        if let Some(range) = self.length_bytes.as_ref().filter(|it| it.is_empty()) {
            return refuse(format!(
                "no object has at least {} and at most {} bytes",
                range.start(),
                range.end()
            ));
        }
        let mut seen: Vec<&str> = RESERVED.to_vec();
        for (name, _) in self.values() {
            if seen.iter().any(|it| it.eq_ignore_ascii_case(name)) {
                return refuse(format!("the form can't have a field `{name}` of your own, or twice"));
            }
            seen.push(name);
        }
        Ok(())
    }
}

/// Fields that only the signature sets, and `file`, behind which a service reads no more.
const RESERVED: [&str; 8] = [
    "bucket",
    "file",
    "policy",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-signature",
];

impl PostValue {
    fn condition(&self, name: &str) -> Value {
        match self {
            Self::Exact(value) => exactly(name, value),
            Self::StartsWith(prefix) => json!(["starts-with", format!("${name}"), prefix]),
        }
    }
}

fn exactly(name: &str, value: &str) -> Value {
    json!(["eq", format!("${name}"), value])
}

impl Signer<'_> {
    /// Signs a form for a bucket that is posted to `url`.
    ///
    /// # Errors
    /// `InvalidInput` when the time is out of bounds, or a field is given twice or set by the signature.
    pub(crate) fn sign_post(&self, bucket: &str, url: String, policy: &PostPolicy) -> Result<PostForm> {
        policy.check()?;
        let stamp = Stamp::new(self.now);
        let own = self.own_fields(stamp);
        let document = STANDARD.encode(self.document(bucket, policy, &own).to_string());
        let signature = self.sign_text(&document, stamp);

        let mut fields: Vec<_> = policy
            .values()
            .map(|(name, value)| (name.to_owned(), Secret::new(filled(name, value))))
            .collect();
        fields.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
        fields.push(("policy".to_owned(), Secret::new(document)));
        fields.push(("x-amz-signature".to_owned(), Secret::new(signature)));
        Ok(PostForm { url, fields })
    }

    /// Signs a policy, which is its own string to sign.
    pub(super) fn sign_text(&self, document: &str, stamp: Stamp) -> String {
        let key = self.keys.get(self.credentials, stamp.day(), self.scope);
        hex(hmac::sign(&key, document.as_bytes()).as_ref()).map(char::from).iter().collect()
    }

    /// Returns the fields that say who signed and when; the policy must name them too.
    fn own_fields(&self, stamp: Stamp) -> Vec<(&'static str, Secret)> {
        let text = |bytes: &[u8]| Secret::new(String::from_utf8_lossy(bytes).into_owned());
        let mut fields = vec![
            ("x-amz-algorithm", Secret::from(ALGORITHM)),
            ("x-amz-credential", text(&self.credential(stamp))),
            ("x-amz-date", text(stamp.bytes())),
        ];
        if let Some(token) = &self.credentials.session_token {
            fields.push(("x-amz-security-token", token.clone()));
        }
        fields
    }

    fn document(&self, bucket: &str, policy: &PostPolicy, own: &[(&'static str, Secret)]) -> Value {
        let mut conditions = vec![exactly("bucket", bucket)];
        conditions.extend(policy.values().map(|(name, value)| value.condition(name)));
        conditions.extend(own.iter().map(|(name, value)| exactly(name, value.expose())));
        if let Some(range) = &policy.length_bytes {
            conditions.push(json!(["content-length-range", range.start(), range.end()]));
        }
        let end = iso_date(self.now + policy.expires);
        json!({ "expiration": String::from_utf8_lossy(&end), "conditions": conditions })
    }
}

/// Returns what stands in a field before anybody fills it in.
fn filled(name: &str, value: &PostValue) -> String {
    match value {
        PostValue::Exact(value) => value.clone(),
        // The service puts the name of the uploaded file in this place.
        PostValue::StartsWith(prefix) if name == "key" => format!("{prefix}${{filename}}"),
        PostValue::StartsWith(prefix) => prefix.clone(),
    }
}
