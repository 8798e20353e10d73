//! A pure function from request, credentials and time to headers. No clock, network or environment here.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, header};
use storage_core::{Error, ErrorKind, Result};

use crate::credentials::Credentials;

/// Signs a request: name the steps of the specification here, one function for each.
pub(crate) fn sign(headers: &mut HeaderMap, credentials: &Credentials, _now: SystemTime) -> Result<()> {
    let Credentials::Static { key, secret } = credentials else { return Ok(()) };
    let mut value = HeaderValue::from_str(&format!("SKELETON {key}:{}", secret.expose()))
        .map_err(|_| Error::new(ErrorKind::Configuration, "`key` or `secret` holds what no header can carry"))?;
    value.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use storage_core::Secret;

    use super::*;

    #[test]
    fn anonymous_requests_stay_as_they_are() {
        let mut headers = HeaderMap::new();
        assert!(sign(&mut headers, &Credentials::Anonymous, SystemTime::UNIX_EPOCH).is_ok());
        assert!(headers.is_empty());
        let credentials = Credentials::Static { key: "k".into(), secret: Secret::from("s") };
        assert!(sign(&mut headers, &credentials, SystemTime::UNIX_EPOCH).is_ok());
        assert!(headers[header::AUTHORIZATION].is_sensitive());
    }
}
