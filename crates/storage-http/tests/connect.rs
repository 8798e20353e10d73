//! Connections: addresses that are dead, slow or change.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use storage_core::{BoxFuture, Error, ErrorKind, Runtime, TokioRuntime};
use storage_http::{Connect as _, Connector, Endpoint, HttpConfig, Resolve};
use storage_testkit::server::{BlackHole, Script, Server, refused_address};
use storage_testkit::{Gate, TestRuntime};

/// Gives the addresses that a test sets, and counts how often it is asked.
#[derive(Clone, Debug, Default)]
struct Names(Arc<Mutex<(Vec<SocketAddr>, usize)>>);

impl Names {
    fn new(addresses: impl Into<Vec<SocketAddr>>) -> Self {
        let names = Self::default();
        names.set(addresses);
        names
    }

    fn set(&self, addresses: impl Into<Vec<SocketAddr>>) {
        self.0.lock().unwrap().0 = addresses.into();
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        let addresses = state.0.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

/// A runtime whose randomness is none, so that the first address is the first one tried.
#[derive(Debug)]
struct InOrder(TestRuntime);

impl Runtime for InOrder {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn monotonic(&self) -> Instant {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration)
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> bool {
        self.0.spawn(task)
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool {
        self.0.spawn_blocking(work)
    }
}

fn connector(runtime: &TestRuntime, names: &Names) -> Connector {
    Connector::with_environment(&HttpConfig::default(), Arc::new(runtime.clone()), |_| None)
        .unwrap()
        .with_resolver(Arc::new(names.clone()))
}

fn endpoint() -> Endpoint {
    Endpoint::parse("http://storage.example:9000", "").unwrap()
}

/// The address of a server that answers, under another number of the loopback.
async fn alive(last: u8, port: u16) -> (Server, SocketAddr) {
    let address = (Ipv4Addr::new(127, 0, 0, last), port).into();
    let server = Server::start_at(address, Script::queue([])).await.unwrap();
    let address = server.address();
    (server, address)
}

/// Waits until servers have seen all connections that were made, and returns how many each of them has.
async fn seen<const N: usize>(servers: [&Server; N], all: usize) -> [usize; N] {
    loop {
        let seen = servers.map(Server::connections);
        if seen.iter().sum::<usize>() >= all {
            return seen;
        }
        tokio::task::yield_now().await;
    }
}

async fn error_of(connector: &Connector, endpoint: &Endpoint) -> Error {
    connector.connect(endpoint).await.err().expect("a connection was made")
}

#[tokio::test]
async fn fault_001_a_refused_connection_names_host_and_port() {
    let address = refused_address().await.unwrap();
    let connector = Connector::new(&HttpConfig::default(), Arc::new(TokioRuntime)).unwrap();
    let error = error_of(&connector, &Endpoint::parse(&format!("http://{address}"), "").unwrap()).await;
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true));
    assert!(error.to_string().contains(&format!("`{address}`")), "{error}");
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn fault_002_a_black_hole_costs_one_timeout_and_the_next_address_answers() {
    let hole = BlackHole::open().await.unwrap();
    let (server, good) = alive(2, 0).await;
    let runtime = TestRuntime::new(0);
    let connector = connector(&runtime, &Names::new([hole.address()]));
    let endpoint = Arc::new(endpoint());
    let connecting = {
        let (connector, endpoint) = (connector.clone(), Arc::clone(&endpoint));
        tokio::spawn(async move { connector.connect(&endpoint).await.map(drop) })
    };
    // The hole alone: the time of one address, then the end.
    runtime.sleeping(1).await;
    runtime.advance(Duration::from_millis(3_099));
    assert!(!connecting.is_finished());
    runtime.advance(Duration::from_millis(1));
    let error = connecting.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true));
    assert!(error.to_string().contains("`storage.example:9000` within 3.1s"), "{error}");

    // The hole, then a good one: the same time once more, and then a connection.
    let names = Names::new([hole.address(), good]);
    let config = HttpConfig::default();
    let connector =
        Connector::with_environment(&config, Arc::new(InOrder(runtime.clone())), |_| None).unwrap();
    let connector = connector.with_resolver(Arc::new(names));
    let connecting = tokio::spawn(async move { connector.connect(&endpoint).await.map(drop) });
    runtime.sleeping(1).await;
    assert_eq!(server.connections(), 0);
    runtime.advance(Duration::from_millis(3_100));
    connecting.await.unwrap().unwrap();
    assert_eq!(seen([&server], 1).await, [1]);
}

#[tokio::test]
async fn fault_003_a_dead_address_is_passed_over_and_the_order_rotates() {
    let (server, good) = alive(3, 0).await;
    let dead = (Ipv4Addr::new(127, 0, 0, 2), good.port()).into();
    let names = Names::new([dead, good]);
    let connector = connector(&TestRuntime::new(3), &names);
    for _ in 0..100 {
        connector.connect(&endpoint()).await.unwrap();
    }
    assert_eq!(seen([&server], 100).await, [100]);
    // A connection that begins with the dead address asks for addresses anew, one that does not keeps them.
    assert!((2..100).contains(&names.asked()), "always the same order: asked {} times", names.asked());
}

#[tokio::test]
async fn fault_003_connections_spread_over_all_addresses() {
    let (first, one) = alive(2, 0).await;
    let (second, two) = alive(3, 0).await;
    let names = Names::new([one, two]);
    let connector = connector(&TestRuntime::new(3), &names);
    for _ in 0..100 {
        connector.connect(&endpoint()).await.unwrap();
    }
    assert_eq!(seen([&first, &second], 100).await, [50, 50]);
    assert_eq!(names.asked(), 1);
    // Whoever starts anew does not always start with the same one.
    for seed in 0..20 {
        let fresh =
            Connector::with_environment(&HttpConfig::default(), Arc::new(TestRuntime::new(seed)), |_| None);
        let fresh = fresh.unwrap().with_resolver(Arc::new(names.clone()));
        fresh.connect(&endpoint()).await.unwrap();
    }
    let [first, second] = seen([&first, &second], 120).await;
    assert!(first > 50 && second > 50, "{first} and {second}");
}

#[tokio::test]
async fn fault_004_new_addresses_are_used_after_a_minute_or_a_failure() {
    let (old, from) = alive(2, 0).await;
    let (new, to) = alive(3, 0).await;
    let runtime = TestRuntime::new(0);
    let names = Names::new([from]);
    let connector = connector(&runtime, &names);
    connector.connect(&endpoint()).await.unwrap();
    names.set([to]);
    runtime.advance(Duration::from_secs(59));
    connector.connect(&endpoint()).await.unwrap();
    assert_eq!((seen([&old, &new], 2).await, names.asked()), ([2, 0], 1));
    runtime.advance(Duration::from_secs(1));
    connector.connect(&endpoint()).await.unwrap();
    assert_eq!((seen([&old, &new], 3).await, names.asked()), ([2, 1], 2));

    // Nobody waits for the minute to end when nobody answers any more.
    names.set([from]);
    drop(new);
    while tokio::net::TcpStream::connect(to).await.is_ok() {}
    let error = error_of(&connector, &endpoint()).await;
    assert_eq!(error.kind(), ErrorKind::Connect);
    connector.connect(&endpoint()).await.unwrap();
    assert_eq!((seen([&old], 3).await, names.asked()), ([3], 3));
}

#[tokio::test]
async fn fault_004_a_name_without_addresses_is_asked_again() {
    let names = Names::default();
    let connector = connector(&TestRuntime::new(0), &names);
    for asked in 1..3 {
        let error = error_of(&connector, &endpoint()).await;
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true));
        assert!(error.to_string().contains("`storage.example:9000`"), "{error}");
        assert_eq!(names.asked(), asked);
    }
}

#[tokio::test]
async fn many_connections_at_once_share_one_lookup() {
    #[derive(Debug)]
    struct Slow(Names, Gate);
    impl Resolve for Slow {
        fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
            Box::pin(async move {
                self.1.pass().await;
                self.0.resolve(host, port).await
            })
        }
    }
    let (_server, address) = alive(2, 0).await;
    let (names, gate) = (Names::new([address]), Gate::new());
    let connector =
        connector(&TestRuntime::new(0), &names).with_resolver(Arc::new(Slow(names.clone(), gate.clone())));
    // The first gives up while it waits; the others do not notice.
    let given_up = {
        let connector = connector.clone();
        tokio::spawn(async move { connector.connect(&endpoint()).await.map(drop) })
    };
    gate.arrived(1).await;
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    let connecting = (0..8).map(|_| {
        let connector = connector.clone();
        tokio::spawn(async move { connector.connect(&endpoint()).await.map(drop) })
    });
    let connecting: Vec<_> = connecting.collect();
    gate.arrived(2).await;
    gate.open();
    for task in connecting {
        task.await.unwrap().unwrap();
    }
    assert_eq!(names.asked(), 1);
}

#[tokio::test]
async fn an_address_is_not_looked_up() {
    let (_server, address) = alive(2, 0).await;
    let names = Names::default();
    let connector = connector(&TestRuntime::new(0), &names);
    connector.connect(&Endpoint::parse(&format!("http://{address}"), "").unwrap()).await.unwrap();
    assert_eq!(names.asked(), 0);
}
