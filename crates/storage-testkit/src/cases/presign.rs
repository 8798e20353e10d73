//! Signed addresses.

use std::time::Duration;

use http::Method;
use storage_core::groups::{PresignOptions, PresignedRequest};
use storage_core::{ErrorKind, Key, ObjectRef, Result};

use crate::conformance::{Ctx, Failure, Outcome, cases, equal, fails, that};
use crate::server::exchange_url;

cases! {
    "presign/signs_a_request" [presign]: "Signs one request." => signs_a_request;
    "presign/keys_are_encoded" [presign]: "Signs one request." => keys_are_encoded;
    "presign/expiry_is_limited" [presign]: "An expiry beyond what the store allows is `InvalidInput`."
        => expiry_is_limited;
    "presign/read_without_credentials" [presign]: "The address; whoever has it may do what it allows."
        => read_without_credentials;
}

async fn presign(ctx: &Ctx, key: &str, method: Method, expires: Duration) -> Result<PresignedRequest> {
    let key = Key::parse(key)?;
    let options = PresignOptions::new(method, expires);
    let provider = ctx.driver().provider().id.clone();
    let none = || storage_core::Error::unsupported(provider, "signed addresses");
    let group = ctx.driver().presign().ok_or_else(none)?;
    group.presign(ObjectRef::new(ctx.container(), &key), &options).await
}

async fn signs_a_request(ctx: &Ctx) -> Outcome {
    for method in [Method::GET, Method::PUT] {
        let signed = presign(ctx, "object", method.clone(), Duration::from_secs(60)).await?;
        equal(&signed.method, &method, "the method")?;
        let url = signed.url.expose();
        that(url.starts_with("https://") || url.starts_with("http://"), "the address is absolute")?;
        that(url.contains('?'), "the address carries a signature")?;
        that(!format!("{signed:?}").contains(url.as_str()), "the address is not shown by accident")?;
    }
    Ok(())
}

async fn keys_are_encoded(ctx: &Ctx) -> Outcome {
    for key in ["a b", "a+b", "a%2Fb", "?", "#", "\u{e9}", "a//b", "..", "\""] {
        let signed = presign(ctx, key, Method::GET, Duration::from_secs(60)).await?;
        let url = signed.url.expose();
        that(
            url.bytes().all(|c| c.is_ascii_graphic() && c != b'"' && c != b'#'),
            format!("the address of {key:?}"),
        )?;
    }
    Ok(())
}

async fn expiry_is_limited(ctx: &Ctx) -> Outcome {
    let century = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    match presign(ctx, "object", Method::GET, century).await {
        // There are stores without a limit.
        Ok(_) => Ok(()),
        refused => fails(refused, ErrorKind::InvalidInput, "an address for a century"),
    }
}

async fn read_without_credentials(ctx: &Ctx) -> Outcome {
    ctx.put("dir/a b+c", "signed content").await?;
    let signed = presign(ctx, "dir/a b+c", Method::GET, Duration::from_secs(60)).await?;
    let Some(answer) = exchange_url(signed.url.expose(), &signed.headers).await else {
        return Err(Failure::skip("the kit has no TLS, and the address needs it"));
    };
    let answer = answer.map_err(|error| Failure::new(format!("the address can't be read: {error}")))?;
    that(answer.starts_with(b"HTTP/1.1 200"), "the address is good for a read")?;
    that(answer.windows(14).any(|it| it == b"signed content"), "the content comes")
}
