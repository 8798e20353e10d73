//! What is asked of a wrapped store: every call of the contract once, and a story whose transcript can be compared.

use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::Method;
use storage_core::groups::{
    Acl, CdnOptions, DeleteTarget, MetadataUpdate, PartRef, PresignOptions, RenameOptions, Tags, UploadQuery,
    VersionQuery, Versioning,
};
use storage_core::{
    CannedAcl, Container, ContainerName, ContainerQuery, CopyOptions, CreateOptions, DeleteContainerOptions,
    DeleteOptions, Driver, GetOptions, Key, ListEntry, ListQuery, Metadata, ObjectRef, PartNumber,
    PutOptions, Result, Storage,
};

pub(crate) fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> ContainerName {
    ContainerName::parse(text).unwrap()
}

/// Makes every call that names an object or lists them, so that each succeeds.
pub(crate) async fn object_calls(driver: &dyn Driver, c: &ContainerName) -> Result<()> {
    let (a, b, moved, m) = (key("a"), key("b"), key("c"), key("m"));
    let at = |key| ObjectRef::new(c, key);
    driver.put_object(at(&a), "12345".into(), &PutOptions::new()).await?;
    let mut body = driver.get_object(at(&a), &GetOptions::new()).await?.body;
    while body.next().await.transpose()?.is_some() {}
    driver.head_object(at(&a), &GetOptions::new()).await?;
    driver.copy_object(at(&a), at(&b), &CopyOptions::new()).await?;
    driver.rename().unwrap().rename_object(at(&b), at(&moved), &RenameOptions::default()).await?;
    driver.list_objects(c, &ListQuery::new()).await?;

    let parts = driver.multipart().unwrap();
    let upload = parts.create_upload(at(&m), &PutOptions::new()).await?;
    let part =
        |number, offset| PartRef { number: PartNumber::new(number).unwrap(), offset, last: number == 2 };
    let one = parts.put_part(at(&m), &upload, part(1, 0), "abc".into(), &PutOptions::new()).await?;
    let two = parts.copy_part(at(&a), 0..2, None, at(&m), &upload, part(2, 3)).await?;
    parts.list_parts(at(&m), &upload, None).await?;
    driver.incomplete_uploads().unwrap().list_uploads(c, &UploadQuery::default()).await?;
    parts.complete_upload(at(&m), &upload, &[one, two], &PutOptions::new()).await?;
    let upload = parts.create_upload(at(&m), &PutOptions::new()).await?;
    parts.abort_upload(at(&m), &upload).await?;

    let presign = PresignOptions::new(Method::GET, Duration::from_secs(60));
    driver.presign().unwrap().presign(at(&a), &presign).await?;
    let versions = driver.versions().unwrap();
    versions.list_versions(c, &VersionQuery::default()).await?;
    versions.restore_version(at(&a), &"v1".into()).await?;
    driver.tags().unwrap().set_tags(at(&a), &Tags::new()).await?;
    driver.tags().unwrap().tags(at(&a)).await?;
    let acl = driver.acl().unwrap();
    acl.acl(c, Some(&a)).await?;
    acl.set_acl(c, Some(&a), &Acl::default()).await?;
    acl.set_canned_acl(c, Some(&a), CannedAcl::Private).await?;
    driver.metadata().unwrap().update_metadata(at(&a), &MetadataUpdate::default()).await?;
    driver.public_url().unwrap().public_url(c, Some(&a)).await?;
    driver.public_url().unwrap().purge_cdn(c, &a).await?;

    driver.bulk_delete().unwrap().delete_objects(c, &[moved.clone().into(), m.clone().into()]).await?;
    driver.delete_object(at(&a), &DeleteOptions::new()).await
}

/// Makes every call that only reads what belongs to a container.
pub(crate) async fn container_reads(driver: &dyn Driver, c: &ContainerName) -> Result<()> {
    driver.list_containers(&ContainerQuery::new()).await?;
    driver.head_container(c).await?;
    driver.versions().unwrap().versioning(c).await?;
    driver.acl().unwrap().acl(c, None).await?;
    driver.public_url().unwrap().cdn(c).await.map(drop)
}

/// Makes every call that changes what belongs to a container, but for its creation.
pub(crate) async fn container_writes(driver: &dyn Driver, c: &ContainerName) -> Vec<Result<()>> {
    vec![
        driver.versions().unwrap().set_versioning(c, Versioning::On).await,
        driver.acl().unwrap().set_acl(c, None, &Acl::default()).await,
        driver.acl().unwrap().set_canned_acl(c, None, CannedAcl::Private).await,
        driver.metadata().unwrap().update_container_metadata(c, &Metadata::new()).await,
        driver.public_url().unwrap().set_cdn(c, &CdnOptions::new(true)).await,
        driver.delete_container(c, &DeleteContainerOptions::new()).await,
    ]
}

/// Makes every call of the contract.
pub(crate) async fn every_call(driver: &dyn Driver) -> Result<()> {
    let c = name("c");
    driver.create_container(&c, &CreateOptions::new()).await?;
    object_calls(driver, &c).await?;
    container_reads(driver, &c).await?;
    driver.public_url().unwrap().public_url(&c, None).await?;
    let website = driver.website().unwrap();
    website.set_website(&c, None).await?;
    website.website(&c).await?;
    website.website_url(&c).await?;
    website.set_cors(&c, &[]).await?;
    website.cors(&c).await?;
    container_writes(driver, &c).await.into_iter().collect()
}

/// What a caller sees of a store that keeps the contract, line by line, without what differs from run to run.
pub(crate) async fn story(storage: &Storage) -> Vec<String> {
    let mut seen = Transcript::default();
    let container = storage.container("tale").unwrap();
    seen.note("missing", container.list().try_collect::<Vec<_>>().await);
    seen.note("create", container.create().await);
    seen.note("again", container.create().await);
    let object = |key: &str| container.object(key).unwrap();
    for key in ["a", "a/b", "a/c//d", "/x", "x/", ".", "..", "%2F", "é", "e\u{301}", "p", "p/"] {
        seen.note(key, object(key).put(key.to_owned()).metadata("k", "v").await.map(|it| it.size));
        seen.note("same", object(key).get().text().await);
    }
    seen.note("absent", object("a").put("no").if_absent().await.map(drop));
    seen.note("match", object("a").put("no").if_match("\"other\"").await.map(drop));
    seen.note("range", object("a/c//d").get().range(1..3).text().await);
    seen.note("outside", object("a").get().range(7..9).text().await);
    seen.note("nothing", object("nothing").get().text().await);
    let info = object("a").head().await.unwrap();
    seen.note("head", (info.key, info.size, info.content_type, info.metadata));
    seen.note("copy", object("a/b").copy_to(&object("copy/b")).await.map(|it| it.size));
    seen.note("rename", object("copy/b").rename_to(&object("moved")).await);
    seen.note("old", object("copy/b").exists().await);
    let tags = Tags::from([("t".to_owned(), "1".to_owned())]);
    seen.note("set tags", object("moved").set_tags(&tags).await);
    seen.note("tags", object("moved").tags().await);
    let update: Metadata = [("new", "1")].into_iter().collect();
    seen.note("update", object("moved").update_metadata(update).await);
    seen.note("metadata", object("moved").head().await.map(|it| it.metadata));
    lists(&container, &mut seen).await;
    uploads(&container, &mut seen).await;
    let targets = stream::iter(["a", "gone", "moved"].map(|text| DeleteTarget::new(key(text))));
    let deleted: Vec<_> = container.delete_many(targets).collect().await;
    seen.note("deleted", deleted.iter().map(|it| (&it.key, it.result.is_ok())).collect::<Vec<_>>());
    seen.note("delete", object("p/").delete().await);
    seen.note("rest", names(&container, ListQuery::new()).await);
    seen.0
}

async fn lists(container: &Container, seen: &mut Transcript) {
    let queries = [
        ListQuery::new(),
        ListQuery::new().prefix("a"),
        ListQuery::new().prefix("a/").delimiter("/"),
        ListQuery::new().delimiter("/"),
        ListQuery::new().start_after("a/b"),
        ListQuery::new().prefix("a").start_after("Z").delimiter("c/"),
    ];
    for query in queries {
        let whole = names(container, query.clone()).await;
        assert_eq!(names(container, query.clone().limit(1_u32)).await.unwrap(), *whole.as_ref().unwrap());
        seen.note("list", whole);
    }
}

async fn uploads(container: &Container, seen: &mut Transcript) {
    let big = container.object("big").unwrap();
    let chunks = (0..40).map(|at| Ok::<_, std::io::Error>(Bytes::from(vec![at; 50_000])));
    let sent = big.upload_stream(stream::iter(chunks)).part_size(300_000).await;
    seen.note("upload", sent.map(|it| it.size));
    let content = big.get().bytes().await.unwrap();
    seen.note("content", content.iter().map(|byte| u64::from(*byte)).sum::<u64>());
    let driver = container.storage().shared_driver();
    let half = key("half/done");
    let target = ObjectRef::new(container.name(), &half);
    driver.multipart().unwrap().create_upload(target, &PutOptions::new()).await.unwrap();
    let pending = container.incomplete_uploads().prefix("half/").try_collect::<Vec<_>>().await;
    seen.note("pending", pending.map(|all| all.into_iter().map(|it| it.key).collect::<Vec<_>>()));
    seen.note("aborted", container.abort_incomplete(Duration::ZERO).await);
}

pub(crate) async fn names(container: &Container, query: ListQuery) -> Result<Vec<String>> {
    let entries: Vec<ListEntry> = container.list().query(query).try_collect().await?;
    Ok(entries.iter().map(|it| it.name().as_str().to_owned()).collect())
}

#[derive(Default)]
struct Transcript(Vec<String>);

impl Transcript {
    fn note(&mut self, what: &str, value: impl Debug) {
        // Entity tags differ from run to run; nothing that is noted holds one but the words of an error.
        let text = format!("{what}: {value:?}");
        self.0.push(text.split("the object has the ETag").next().unwrap_or_default().to_owned());
    }
}
