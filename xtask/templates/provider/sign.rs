//! A pure function from request, credentials and time to headers. No clock, network or environment here.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, Request, header};

use crate::credentials::Credentials;

/// Signs a request: name the steps of the specification here, one function for each.
pub(crate) fn sign(request: &mut Request<Bytes>, credentials: &Credentials, _now: SystemTime) {
    let Credentials::Static { key, secret } = credentials else { return };
    let Ok(mut value) = HeaderValue::from_str(&format!("SKELETON {key}:{}", secret.expose())) else { return };
    value.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, value);
}

#[cfg(test)]
mod tests {
    use storage_core::Secret;

    use super::*;

    #[test]
    fn anonymous_requests_stay_as_they_are() {
        let mut request = Request::new(Bytes::new());
        sign(&mut request, &Credentials::Anonymous, SystemTime::UNIX_EPOCH);
        assert!(request.headers().is_empty());
        let credentials = Credentials::Static { key: "k".into(), secret: Secret::from("s") };
        sign(&mut request, &credentials, SystemTime::UNIX_EPOCH);
        assert!(request.headers()[header::AUTHORIZATION].is_sensitive());
    }
}
