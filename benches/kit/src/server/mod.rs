//! A server that looks like a service and does as little as it can, so that what a benchmark sees is the client.
//!
//! It stores nothing. The size of an object is part of its key: `obj-4096-7` has 4096 bytes. A container `list-1000` lists
//! a thousand keys. Nothing is authenticated. It listens on this machine only.

mod azure;
mod connection;
mod dialect;
mod pages;
mod request;
mod s3;
mod tls;

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::{Result, pattern, stay_on};
use connection::Connection;
pub use dialect::Dialect;
use pages::Pages;

/// How the server behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How it speaks.
    pub dialect: &'static Dialect,
    /// How long it waits before every answer.
    pub latency: Duration,
    /// How many bytes a second each connection sends; 0 for as many as it can.
    pub rate: u64,
    /// Where the certificate goes that vouches for it; with that it speaks TLS.
    pub ca: Option<PathBuf>,
}

impl Options {
    /// Reads the words behind the command.
    ///
    /// # Errors
    /// Naming the word that can't be read.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        while let Some(name) = words.next() {
            let value = words.next().ok_or(format!("`{name}` needs a value"))?;
            match name.as_str() {
                "--dialect" => options.dialect = Dialect::parse(&value)?,
                "--latency-ms" => options.latency = Duration::from_millis(value.parse()?),
                "--rate" => options.rate = value.parse()?,
                "--ca" => options.ca = Some(value.into()),
                "--core" => stay_on(value.parse()?),
                _ => return Err(format!("unknown option `{name}`").into()),
            }
        }
        Ok(options)
    }
}

/// Serves until standard input ends, which it does with the process that started this one. The first line printed is the
/// port.
///
/// # Errors
/// What opening the port or making the certificate does wrong.
pub fn serve(options: Options) -> Result<()> {
    std::thread::spawn(|| {
        // Whatever ends it, nobody is there any more.
        drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        std::process::exit(0);
    });
    pattern();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(accept(options))
}

async fn accept(options: Options) -> Result<()> {
    let tls = options.ca.as_deref().map(tls::acceptor).transpose()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    let (pages, options) = (Arc::new(Pages::new(&options.dialect.entry)), Arc::new(options));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (tls, options, pages) = (tls.clone(), Arc::clone(&options), Arc::clone(&pages));
        tokio::spawn(async move {
            // A client that goes away ends its connection and nothing else.
            drop(match tls {
                None => Connection::new(stream, options, pages).run().await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => Connection::new(stream, options, pages).run().await,
                    Err(error) => Err(error),
                },
            });
        });
    }
}
