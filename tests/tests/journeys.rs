//! What people do with a store, the same on every provider.

#![cfg(test)]

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use storage::groups::PartRef;
use storage::{ByteRange, ChecksumAlgorithm, ErrorKind, ListEntry, PartNumber, PutOptions};
use storage_tests::stores;
use tokio::io::AsyncWriteExt as _;

#[tokio::test]
async fn a_file_goes_up_with_its_type_and_metadata_and_comes_down() {
    for store in stores().unwrap() {
        let container = store.container("photos").await.unwrap();
        let names: Vec<_> = store.storage.containers().try_collect().await.unwrap();
        let names: Vec<storage::ContainerInfo> = names;
        assert_eq!(names.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["photos"], "{}", store.id);

        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("page.html");
        tokio::fs::write(&source, "<p>cat</p>").await.unwrap();
        let object = container.object("2026/page.html").unwrap();
        object.upload_file(&source).metadata("Author", "jo").cache_control("no-cache").await.unwrap();

        let info = object.head().await.unwrap();
        assert_eq!((info.size, info.content_type.as_deref()), (10, Some("text/html")), "{}", store.id);
        assert_eq!(info.metadata.get("author"), Some("jo"), "{}", store.id);
        assert_eq!(info.cache_control.as_deref(), Some("no-cache"), "{}", store.id);

        object.download_file(folder.path().join("down/")).await.unwrap_err();
        let target = folder.path().join("copy.html");
        object.download_file(&target).await.unwrap();
        assert_eq!(tokio::fs::read(&target).await.unwrap(), b"<p>cat</p>", "{}", store.id);
        let refused = object.download_file(&target).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists, "{}", store.id);
        object.download_file(&target).overwrite(true).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_of_unknown_length_goes_up_and_comes_down_in_chunks() {
    for store in stores().unwrap() {
        let container = store.container("streams").await.unwrap();
        let object = container.object("numbers").unwrap();
        let chunk = |it: u32| Bytes::from(it.to_be_bytes().repeat(1000));
        let numbers = stream::iter((0..3000).map(move |it| Ok::<_, io::Error>(chunk(it))));
        object.upload_stream(numbers).part_size(5 << 20).concurrency(2).await.unwrap();
        assert_eq!(object.head().await.unwrap().size, 12_000_000, "{}", store.id);

        let mut body = object.get().chunk_size(1 << 20).await.unwrap();
        let (mut at, mut sizes) = (0_usize, Vec::new());
        while let Some(piece) = body.next().await.transpose().unwrap() {
            sizes.push(piece.len());
            for byte in piece {
                let number = u32::try_from(at / 4000).unwrap();
                assert_eq!(byte, number.to_be_bytes()[at % 4], "{} at {at}", store.id);
                at += 1;
            }
        }
        let last = sizes.pop().unwrap();
        assert!(sizes.iter().all(|it| *it == 1 << 20) && last <= 1 << 20 && at == 12_000_000, "{}", store.id);
    }
}

#[tokio::test]
async fn a_container_is_walked_by_prefix_and_big_objects_are_found() {
    for store in stores().unwrap() {
        let container = store.container("many").await.unwrap();
        let put = |it: usize| {
            let object = container.object(format!("logs/{it:04}")).unwrap();
            async move { object.put(vec![0; it % 100]).await.map(drop) }
        };
        stream::iter((0..600).map(put)).buffer_unordered(32).try_collect::<Vec<_>>().await.unwrap();
        container.object("other").unwrap().put("x").await.unwrap();

        let mut listing = container.list().prefix("logs/").page_size(97);
        let (mut keys, mut big) = (Vec::new(), 0);
        while let Some(entry) = listing.next().await {
            let ListEntry::Object(entry) = entry.unwrap() else {
                panic!("{}: a prefix without a delimiter", store.id)
            };
            big += usize::from(entry.size >= 90);
            keys.push(entry.key.to_string());
        }
        let sorted: Vec<String> = (0..600).map(|it| format!("logs/{it:04}")).collect();
        assert_eq!((keys, big), (sorted, 60), "{}", store.id);

        let behind: Vec<ListEntry> = container.list().start_after("logs/0597").try_collect().await.unwrap();
        let behind: Vec<&str> = behind.iter().map(|it| it.name().as_str()).collect();
        assert_eq!(behind, ["logs/0598", "logs/0599", "other"], "{}", store.id);
        let folders: Vec<ListEntry> = container.list().delimiter("/").try_collect().await.unwrap();
        let folders: Vec<&str> = folders.iter().map(|it| it.name().as_str()).collect();
        assert_eq!(folders, ["logs/", "other"], "{}", store.id);
    }
}

#[tokio::test]
async fn a_container_is_copied_to_every_other_provider_with_metadata() {
    let stores = stores().unwrap();
    for source in &stores {
        let from = source.container("source").await.unwrap();
        for key in ["a", "a/b", "../é", "100%"] {
            let object = from.object(key).unwrap();
            object
                .put(format!("content of {key}"))
                .metadata("origin", "here")
                .content_type("text/x")
                .await
                .unwrap();
        }
        for target in &stores {
            let to = target.container(&format!("from-{}", source.id)).await.unwrap();
            let mut listing = from.list();
            while let Some(entry) = listing.next().await {
                let key = entry.unwrap().name().clone();
                from.object_at(key.clone()).copy_to(&to.object_at(key)).await.unwrap();
            }
            let copies: Vec<ListEntry> = to.list().try_collect().await.unwrap();
            assert_eq!(copies.len(), 4, "{} to {}", source.id, target.id);
            for copy in copies {
                let object = to.object_at(copy.name().clone());
                let info = object.head().await.unwrap();
                assert_eq!(info.metadata.get("origin"), Some("here"), "{} to {}", source.id, target.id);
                assert_eq!(info.content_type.as_deref(), Some("text/x"), "{} to {}", source.id, target.id);
                assert_eq!(object.get().text().await.unwrap(), format!("content of {}", copy.name()));
            }
        }
    }
}

#[tokio::test]
async fn what_arrives_is_what_was_meant() {
    for store in stores().unwrap() {
        let container = store.container("safe").await.unwrap();
        let object = container.object("a").unwrap();
        let checksum = ChecksumAlgorithm::Sha256.of(b"right");
        object.put("right").expected(checksum.into()).await.unwrap();
        let error = object.put("wrong").expected(checksum.into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ChecksumMismatch, "{}", store.id);
        assert_eq!(object.get().text().await.unwrap(), "right", "{}", store.id);
        let kept = object.head().await.unwrap().checksums;
        assert!(!kept.is_empty(), "{}", store.id);
        for checksum in kept.iter() {
            assert_eq!(checksum, checksum.algorithm().of(b"right"), "{}", store.id);
        }
    }
}

#[tokio::test]
async fn a_tree_is_kept_under_a_date_and_restored_elsewhere() {
    for store in stores().unwrap() {
        let container = store.container("backups").await.unwrap();
        let files = [("a.txt", "1"), ("sub/b.txt", "2"), ("sub/deep/c d%.txt", "3"), ("leer.txt", "")];
        let (tree, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (name, content) in files {
            let path = tree.path().join(name);
            tokio::fs::create_dir_all(path.parent().unwrap()).await.unwrap();
            tokio::fs::write(&path, content).await.unwrap();
            let object = container.object(format!("2026-11-21/{name}")).unwrap();
            object.upload_file(&path).metadata("source-path", format!("tree/{name}")).await.unwrap();
        }
        let mut listing = container.list().prefix("2026-11-21/");
        let mut restored = 0;
        while let Some(entry) = listing.next().await {
            let object = container.object_at(entry.unwrap().name().clone());
            let info = object.head().await.unwrap();
            let path = elsewhere.path().join(info.metadata.get("source-path").unwrap());
            tokio::fs::create_dir_all(path.parent().unwrap()).await.unwrap();
            object.download_file(&path).await.unwrap();
            restored += 1;
        }
        assert_eq!(restored, files.len(), "{}", store.id);
        for (name, content) in files {
            let path = elsewhere.path().join("tree").join(name);
            assert_eq!(tokio::fs::read_to_string(path).await.unwrap(), content, "{}: {name}", store.id);
        }
    }
}

#[tokio::test]
async fn ranges_are_read_alike() {
    for store in stores().unwrap() {
        let container = store.container("ranges").await.unwrap();
        let object = container.object("digits").unwrap();
        object.put("0123456789").await.unwrap();
        for (range, want) in [
            (ByteRange::from(0..4), "0123"),
            ((5..).into(), "56789"),
            ((8..100).into(), "89"),
            ((0..=2).into(), "012"),
            (ByteRange::Suffix(3), "789"),
            (ByteRange::Suffix(100), "0123456789"),
        ] {
            assert_eq!(object.get().range(range).text().await.unwrap(), want, "{} {range:?}", store.id);
        }
        let both = object.get_ranges(&[0..2, 7..9]).await.unwrap();
        assert_eq!(both, [Bytes::from("01"), Bytes::from("78")], "{}", store.id);
    }
}

#[tokio::test]
async fn abandoned_uploads_are_found_and_dropped() {
    for store in stores().unwrap() {
        let container = store.container("uploads").await.unwrap();
        let object = container.object("big/movie").unwrap();
        let driver = store.storage.driver();
        let (multipart, options) = (driver.multipart().unwrap(), PutOptions::new());
        let target = storage::ObjectRef::new(container.name(), object.key());
        let upload = multipart.create_upload(target, &options).await.unwrap();
        let part = PartRef { number: PartNumber::FIRST, offset: 0, last: true };
        multipart.put_part(target, &upload, part, "half of it".into(), &options).await.unwrap();

        let found: Vec<_> = container.incomplete_uploads().try_collect().await.unwrap();
        let found: Vec<storage::groups::IncompleteUpload> = found;
        assert_eq!(found.len(), 1, "{}", store.id);
        assert_eq!((&found[0].key, &found[0].upload), (object.key(), &upload), "{}", store.id);
        assert!(!object.exists().await.unwrap(), "{}", store.id);

        let hour = std::time::Duration::from_secs(3600);
        assert_eq!(container.abort_incomplete(hour).await.unwrap(), 0, "{}: too young", store.id);
        let now = std::time::Duration::ZERO;
        assert_eq!(
            container.abort_incomplete(now).prefix("small/").await.unwrap(),
            0,
            "{}: other keys",
            store.id
        );
        assert_eq!(container.abort_incomplete(now).prefix("big/").await.unwrap(), 1, "{}", store.id);
        assert_eq!(container.incomplete_uploads().count().await, 0, "{}", store.id);
        container.delete().await.unwrap();
    }
}

#[tokio::test]
async fn a_writer_commits_when_it_is_shut_down() {
    for store in stores().unwrap() {
        let container = store.container("writers").await.unwrap();
        let object = container.object("log").unwrap();
        let mut writer = object.writer_with(|upload| upload.content_type("text/plain"));
        writer.write_all(b"first ").await.unwrap();
        writer.write_all(b"second").await.unwrap();
        assert!(!object.exists().await.unwrap(), "{}", store.id);
        writer.shutdown().await.unwrap();
        assert_eq!(object.get().text().await.unwrap(), "first second", "{}", store.id);
    }
}
