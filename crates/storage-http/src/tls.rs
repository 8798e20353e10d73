//! What a TLS handshake needs, and what its failures mean.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, CipherSuite, ClientConfig, RootCertStore};
use storage_core::{Error, ErrorKind, Result, Runtime, Secret, blocking};
use tokio::sync::OnceCell;

use crate::config::{HttpConfig, Roots};

/// Whom the client trusts and what it shows of itself. Certificates of the system are read at the first handshake.
pub(crate) struct Tls {
    provider: Arc<CryptoProvider>,
    roots: Roots,
    authorities: Vec<CertificateDer<'static>>,
    identity: Option<Arc<SingleCertAndKey>>,
    http2: bool,
    made: OnceCell<Made>,
}

/// The two ways to shake hands.
struct Made {
    service: Arc<ClientConfig>,
    proxy: Arc<ClientConfig>,
}

impl Tls {
    /// Reads the PEM texts of the settings.
    ///
    /// # Errors
    /// `Configuration` naming the setting; its value is not shown.
    pub(crate) fn new(config: &HttpConfig) -> Result<Self> {
        let provider = provider();
        let authorities = config.ca.as_deref().map_or(Ok(Vec::new()), |pem| certificates("http.ca", pem))?;
        let mut store = RootCertStore::empty();
        if authorities.iter().any(|it| store.add(it.clone()).is_err()) {
            return Err(bad("`http.ca` holds a certificate that can vouch for nobody"));
        }
        let identity = match (&config.client_certificate, &config.client_key) {
            (None, None) => None,
            (Some(chain), Some(key)) => Some(identity(&provider, chain, key)?),
            _ => {
                return Err(bad("`http.client_certificate` and `http.client_key` need each other; set both"));
            }
        };
        Ok(Self {
            provider: Arc::new(provider),
            roots: config.roots,
            authorities,
            identity,
            http2: cfg!(feature = "http2") && config.http2,
            made: OnceCell::new(),
        })
    }

    /// Returns how to shake hands with a service.
    pub(crate) async fn for_service(&self, runtime: &dyn Runtime) -> Result<Arc<ClientConfig>> {
        self.made(runtime).await.map(|it| Arc::clone(&it.service))
    }

    /// Returns how to shake hands with a proxy, which has no business with the client's certificate.
    pub(crate) async fn for_proxy(&self, runtime: &dyn Runtime) -> Result<Arc<ClientConfig>> {
        self.made(runtime).await.map(|it| Arc::clone(&it.proxy))
    }

    async fn made(&self, runtime: &dyn Runtime) -> Result<&Made> {
        self.made.get_or_try_init(|| self.make(runtime)).await
    }

    async fn make(&self, runtime: &dyn Runtime) -> Result<Made> {
        let mut store = match self.roots {
            Roots::Platform => blocking(runtime, || Ok(platform_roots())).await?,
            Roots::Webpki => RootCertStore::empty(),
        };
        if store.is_empty() {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        store.add_parsable_certificates(self.authorities.iter().cloned());
        let store = Arc::new(store);
        let alpn: &[&[u8]] = if self.http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
        let identity = self.identity.clone().map(|it| it as Arc<dyn ResolvesClientCert>);
        Ok(Made {
            service: Arc::new(self.client(Arc::clone(&store), identity, alpn)?),
            proxy: Arc::new(self.client(store, None, &[b"http/1.1"])?),
        })
    }

    fn client(
        &self,
        roots: Arc<RootCertStore>,
        identity: Option<Arc<dyn ResolvesClientCert>>,
        alpn: &[&[u8]],
    ) -> Result<ClientConfig> {
        // The provider is named, because a process with two of them has no default one, and asking for it panics.
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| bad("TLS can't be set up").with_source(error))?
            .with_root_certificates(roots);
        let mut config = match identity {
            Some(identity) => builder.with_client_cert_resolver(identity),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|it| it.to_vec()).collect();
        Ok(config)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots)
            .field("authorities", &self.authorities.len())
            .field("identity", &self.identity.is_some())
            .field("http2", &self.http2)
            .finish_non_exhaustive()
    }
}

/// Returns ring's cryptography with the cipher first that costs least where the processor knows AES.
fn provider() -> CryptoProvider {
    let mut provider = rustls::crypto::ring::default_provider();
    // The sort is stable, so the others keep their order.
    provider.cipher_suites.sort_by_key(|it| it.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

/// Reads what the operating system trusts; nothing when it has nothing that can be read.
fn platform_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    let (read, skipped) = store.add_parsable_certificates(found.certs);
    tracing::debug!(read, skipped, failed = found.errors.len(), "read the certificates of the system");
    store
}

fn bad(message: &'static str) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

/// Reads all certificates of a PEM text. What the reader says against it may show lines of the text, so it stays out.
fn certificates(setting: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    read.ok().filter(|it| !it.is_empty()).ok_or_else(|| {
        Error::new(ErrorKind::Configuration, format!("`{setting}` holds no certificates as PEM text"))
    })
}

fn identity(provider: &CryptoProvider, chain: &str, key: &Secret) -> Result<Arc<SingleCertAndKey>> {
    let chain = certificates("http.client_certificate", chain)?;
    let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes())
        .map_err(|_| bad("`http.client_key` holds no unencrypted private key as PEM text"))?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|_| bad("`http.client_key` is of a kind that can't be used; use RSA, ECDSA or Ed25519"))?;
    let both = CertifiedKey::new(chain, key);
    if let Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) = both.keys_match() {
        return Err(bad("`http.client_key` does not belong to `http.client_certificate`"));
    }
    Ok(Arc::new(SingleCertAndKey::from(both)))
}

/// Says what a failure of TLS means for the caller; `None` when TLS has nothing to do with it.
///
/// Servers may refuse a client's certificate after the handshake, so this is for errors of later reads too.
pub(crate) fn failure(place: &str, error: &(dyn StdError + 'static)) -> Option<Error> {
    let cause = find(error)?;
    let message = match cause {
        rustls::Error::InvalidCertificate(problem) => certificate_problem(place, problem),
        rustls::Error::NoCertificatesPresented => format!("`{place}` shows no certificate"),
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            format!("`{place}` does not speak TLS as it should; is it an `http://` address?")
        }
        rustls::Error::AlertReceived(_) => format!("`{place}` refused the TLS handshake"),
        rustls::Error::PeerIncompatible(_) | rustls::Error::PeerMisbehaved(_) => {
            format!("`{place}` speaks no TLS that is safe to use; it must support TLS 1.2 or 1.3")
        }
        _ => format!("TLS with `{place}` failed"),
    };
    Some(Error::new(ErrorKind::Tls, message).with_source(cause.clone()))
}

/// Says that a server refused the certificate of this client, which it may do after the handshake; `None` for anything
/// else, such as records that were damaged on the way, which another attempt may mend.
pub(crate) fn refusal(place: &str, error: &(dyn StdError + 'static)) -> Option<Error> {
    use rustls::AlertDescription as Alert;
    match find(error)? {
        rustls::Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied,
        ) => failure(place, error),
        _ => None,
    }
}

fn certificate_problem(place: &str, problem: &CertificateError) -> String {
    use CertificateError as C;
    let what = match problem {
        C::NotValidForName | C::NotValidForNameContext { .. } => "is made out to another name",
        C::Expired | C::ExpiredContext { .. } => "has expired",
        C::NotValidYet | C::NotValidYetContext { .. } => {
            "is not valid yet; is the clock of this machine right?"
        }
        C::UnknownIssuer | C::BadSignature => {
            "is signed by nobody that is trusted; if it should be, give the signer's certificate as `http.ca`"
        }
        C::Revoked => "was revoked",
        _ => "is not valid",
    };
    format!("the certificate of `{place}` {what}")
}

/// Finds the error of TLS in a chain; errors of input and output hide theirs from the chain.
fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use storage_core::TokioRuntime;

    use super::*;

    #[tokio::test]
    async fn fault_006_the_provider_is_named_so_that_two_in_a_build_do_no_harm() {
        let tls = Tls::new(&HttpConfig::default()).unwrap();
        let config = tls.for_service(&TokioRuntime).await.unwrap();
        assert!(CryptoProvider::get_default().is_none(), "a provider was installed for the whole process");
        let first = config.crypto_provider().cipher_suites.first().unwrap();
        assert_eq!(first.suite(), CipherSuite::TLS13_AES_128_GCM_SHA256);
        assert_eq!(
            config.crypto_provider().cipher_suites.len(),
            rustls::crypto::ring::DEFAULT_CIPHER_SUITES.len()
        );
        assert_eq!(config.alpn_protocols, [b"http/1.1"]);
    }

    #[test]
    fn an_error_of_tls_is_found_below_errors_of_io() {
        let inner = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner));
        let error = failure("host:1", &error).unwrap();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Tls, false));
        assert_eq!(error.to_string(), "the certificate of `host:1` has expired");
        assert!(failure("host:1", &io::Error::from(io::ErrorKind::ConnectionReset)).is_none());
    }

    #[test]
    fn settings_that_are_no_pem_are_named_and_not_shown() {
        let broken = "-----BEGIN CANARY";
        let config = HttpConfig { ca: Some(broken.to_owned()), ..HttpConfig::default() };
        let error = Tls::new(&config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("`http.ca`") && !format!("{error:?}").contains("CANARY"));

        let config = HttpConfig { client_key: Some(broken.into()), ..HttpConfig::default() };
        assert!(Tls::new(&config).unwrap_err().to_string().contains("need each other"));
    }
}
