//! What a listing costs and what it does not hide, counted in system calls.

use std::collections::BTreeSet;
use std::fs;

use storage_core::{Container, ErrorKind, ListEntry, ListQuery, Storage};

use super::{container, open};
use crate::LocalConfig;
use crate::sys::faulty::{Fail, FaultySys, Traits};
use crate::sys::{Errno, Open};

async fn keys(container: &Container) -> Vec<String> {
    let listed: Vec<ListEntry> = container.list().try_collect::<Vec<_>>().await.unwrap();
    listed.iter().map(|it| it.name().as_str().to_owned()).collect()
}

fn directories(sys: &FaultySys) -> Vec<String> {
    sys.opened().into_iter().filter(|it| it.1 == Open::Directory).map(|it| it.0).collect()
}

#[tokio::test]
async fn a_prefix_opens_only_its_directories() {
    let sys = FaultySys::new();
    let root = tempfile::tempdir().unwrap();
    let c = container(&open(LocalConfig::new(root.path()), &sys)).await;
    for directory in 0..30 {
        fs::create_dir(root.path().join(format!("c/d{directory:03}%"))).unwrap();
        for file in 0..30 {
            fs::write(root.path().join(format!("c/d{directory:03}%/f{file:03}")), b"").unwrap();
        }
    }
    // The first call opens the container.
    c.info().await.unwrap();
    sys.start(None);
    assert_eq!(c.list().prefix("d007/").try_collect::<Vec<_>>().await.unwrap().len(), 30);
    assert_eq!(directories(&sys), ["d007%"]);
    sys.start(None);
    assert_eq!(c.list().prefix("d007/f00").try_collect::<Vec<_>>().await.unwrap().len(), 10);
    assert_eq!(directories(&sys), ["d007%"]);
    sys.start(None);
    assert_eq!(c.list().prefix("d01").delimiter("/").try_collect::<Vec<_>>().await.unwrap().len(), 10);
    assert_eq!(directories(&sys).len(), 11);
    sys.start(None);
    assert_eq!(c.list().start_after("d028/f028").try_collect::<Vec<_>>().await.unwrap().len(), 31);
    assert_eq!(directories(&sys), [".", "d028%", "d029%"]);
}

#[tokio::test]
async fn names_that_do_not_fit_in_memory_are_read_in_several_goes() {
    let sys = FaultySys::with(Traits { attribute_bytes: Some(4000), hides_kinds: true, ..Traits::default() });
    let root = tempfile::tempdir().unwrap();
    let mut driver = LocalConfig::new(root.path())
        .driver(Box::new(sys.clone()), std::sync::Arc::new(storage_core::TokioRuntime))
        .unwrap();
    std::sync::Arc::get_mut(&mut driver.store).unwrap().settings.listing_budget = 300;
    let storage = Storage::new(std::sync::Arc::new(driver));
    let c = container(&storage).await;
    let mut want = BTreeSet::new();
    for n in 0..500_u32 {
        let n = n.wrapping_mul(2_654_435_761) % 1000;
        for key in [format!("k{n}"), format!("k{n}/x")] {
            c.object(key.clone()).unwrap().put("").await.unwrap();
            want.insert(key);
        }
    }
    let want: Vec<String> = want.into_iter().collect();
    assert_eq!(keys(&c).await, want);
    let paged: Vec<_> = c.list().page_size(7).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(paged.len(), want.len());
    // Another process has nothing but the token.
    let name = storage_core::ContainerName::parse("c").unwrap();
    let mut query = ListQuery::new().limit(13_u32).delimiter("/");
    let mut got = Vec::new();
    loop {
        let page =
            open(LocalConfig::new(root.path()), &sys).driver().list_objects(&name, &query).await.unwrap();
        got.extend(page.items.iter().map(|it| it.name().as_str().to_owned()));
        let Some(token) = page.next else { break };
        query.page_token = Some(token);
    }
    let shared: BTreeSet<String> =
        want.iter().map(|it| it.split_once('/').map_or(it.clone(), |(head, _)| format!("{head}/"))).collect();
    assert_eq!(got, shared.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn fault_151_a_directory_that_can_not_be_read_is_an_error() {
    let sys = FaultySys::new();
    let root = tempfile::tempdir().unwrap();
    let c = container(&open(LocalConfig::new(root.path()), &sys)).await;
    for key in ["a", "m/b", "z"] {
        c.object(key).unwrap().put("x").await.unwrap();
    }
    sys.start(Some(Fail::Directories(Errno::ACCESS)));
    let error = c.list().try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::PermissionDenied, Some("m/")));
    let error = c.list().delimiter("/").try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::PermissionDenied, Some("m/")));
    sys.start(None);
    assert_eq!(keys(&c).await, ["a", "m/b", "z"]);
}

#[tokio::test]
async fn fault_151_what_vanishes_during_a_walk_is_skipped() {
    let sys = FaultySys::new();
    let root = tempfile::tempdir().unwrap();
    let storage = open(LocalConfig::new(root.path()), &sys);
    let c = container(&storage).await;
    for key in ["a", "b/c", "d", "e/f", "g"] {
        c.object(key).unwrap().put("x").await.unwrap();
    }
    let name = storage_core::ContainerName::parse("c").unwrap();
    let first = storage.driver().list_objects(&name, &ListQuery::new().limit(1_u32)).await.unwrap();
    assert_eq!(first.items.len(), 1);
    fs::remove_file(root.path().join("c/d")).unwrap();
    fs::remove_dir_all(root.path().join("c/e%")).unwrap();
    let query = ListQuery::new().page_token(first.next.unwrap());
    let rest = storage.driver().list_objects(&name, &query).await.unwrap();
    let rest: Vec<_> = rest.items.iter().map(|it| it.name().as_str()).collect();
    assert_eq!(rest, ["b/c", "g"]);
}
