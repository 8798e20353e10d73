//! Certificates of tests, good and bad, made on the spot.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use super::listener::Server;
use super::script::Script;

/// Somebody who signs certificates, and whom a client may trust.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    /// Makes one with a key of its own.
    ///
    /// # Errors
    /// When the key can't be made.
    pub fn new() -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        // Two of one name would be told apart by their signatures alone.
        let id: String = params.key_identifier(&key).iter().take(8).map(|it| format!("{it:02x}")).collect();
        params.distinguished_name.push(DnType::CommonName, format!("test authority {id}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        let (pem, certificate) = (certificate.pem(), certificate.der().clone());
        Ok(Self { issuer: Issuer::new(params, key), certificate, pem })
    }

    /// Returns its certificate as PEM text.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Makes a certificate for names and addresses.
    ///
    /// # Errors
    /// When a name is none.
    pub fn identity(&self, names: &[&str]) -> io::Result<Identity> {
        Identity::signed(&params(names)?, Some(&self.issuer))
    }

    /// Makes a certificate whose time is over.
    ///
    /// # Errors
    /// When a name is none.
    pub fn expired_identity(&self, names: &[&str]) -> io::Result<Identity> {
        let mut params = params(names)?;
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
        Identity::signed(&params, Some(&self.issuer))
    }
}

/// A certificate with its key, and what a server that shows it asks of clients.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    pem: String,
    key_pem: String,
    clients: Option<RootCertStore>,
    protocols: Vec<Vec<u8>>,
}

impl Identity {
    /// Makes a certificate that nobody vouches for.
    ///
    /// # Errors
    /// When a name is none.
    pub fn self_signed(names: &[&str]) -> io::Result<Self> {
        Self::signed(&params(names)?, None)
    }

    /// Asks clients for a certificate of an authority.
    ///
    /// # Errors
    /// When the authority can't be one.
    pub fn asking_for_clients_of(mut self, authority: &Authority) -> io::Result<Self> {
        let mut clients = RootCertStore::empty();
        clients.add(authority.certificate.clone()).map_err(io::Error::other)?;
        self.clients = Some(clients);
        Ok(self)
    }

    /// Chooses among protocols, such as `h2`; without this the server names none.
    #[must_use]
    pub fn speaking(mut self, protocols: &[&str]) -> Self {
        self.protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
        self
    }

    /// Returns the certificate as PEM text.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Returns the key as PEM text.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    fn signed(params: &CertificateParams, issuer: Option<&Issuer<'static, KeyPair>>) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = match issuer {
            Some(issuer) => params.signed_by(&key, issuer),
            None => params.self_signed(&key),
        };
        let certificate = certificate.map_err(io::Error::other)?;
        Ok(Self {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?,
            pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            clients: None,
            protocols: Vec::new(),
        })
    }

    pub(crate) fn acceptor(&self) -> io::Result<TlsAcceptor> {
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let builder = match &self.clients {
            None => builder.with_no_client_auth(),
            Some(roots) => {
                let roots = Arc::new(roots.clone());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
                builder.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
            }
        };
        let mut config =
            builder.with_single_cert(self.chain.clone(), self.key.clone_key()).map_err(io::Error::other)?;
        config.alpn_protocols = self.protocols.clone();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Server {
    /// Starts with TLS on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Those of the operating system, and of an identity that can't be shown.
    pub async fn start_tls(script: Script, identity: &Identity) -> io::Result<Self> {
        Self::start_tls_at((Ipv4Addr::LOCALHOST, 0).into(), script, identity).await
    }

    /// Starts with TLS at an address.
    ///
    /// # Errors
    /// As [`start_tls`](Self::start_tls).
    pub async fn start_tls_at(address: SocketAddr, script: Script, identity: &Identity) -> io::Result<Self> {
        Self::listen(address, script, Some(identity.acceptor()?)).await
    }

    /// Waits until `n` handshakes have failed, and returns why, as the server sees it.
    pub async fn wait_for_failed_handshakes(&self, n: usize) -> Vec<String> {
        let mut failed = self.shared().failed_handshakes.subscribe();
        // The sender lives as long as `self`, so the wait can't fail.
        failed.wait_for(|it| it.len() >= n).await.map(|it| it.clone()).unwrap_or_default()
    }
}

fn params(names: &[&str]) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}
