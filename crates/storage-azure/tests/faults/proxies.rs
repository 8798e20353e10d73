//! Somebody between the client and the service who answers for it.

use storage_core::{Error, ErrorKind};
use storage_testkit::server::{Answer, Script};

use crate::scripted::Service;

#[tokio::test]
async fn fault_096_proxies_do_not_answer_for_the_service() {
    // A page of somebody in between, under a status that means success: no call takes it for one.
    let service = Service::start(Script::function(|request| {
        let answer = Answer::new(200).header("content-type", "text/html").header("etag", "\"e\"");
        let answer = answer.header("x-ms-lease-id", "l").header("x-ms-snapshot", "s");
        let answer = answer.header("x-ms-copy-id", "c").header("x-ms-copy-status", "success");
        match request.method.as_str() {
            "HEAD" => answer.header("content-length", "7"),
            _ => answer.header("x-ms-blob-append-offset", "0").body("<html>Sign in</html>"),
        }
    }))
    .await;
    let (object, container) = (service.object(), service.container());
    let azure = storage_azure::Azure::of(&service.storage).unwrap();
    let options = storage_core::PutOptions::new();
    let mut errors: Vec<(&str, Error)> = Vec::new();
    let mut note =
        |what, error: Option<Error>| errors.push((what, error.unwrap_or_else(|| panic!("{what}"))));
    note("put", object.put("x").await.err());
    note("get", object.get().bytes().await.err());
    note("head", object.head().await.err());
    note("delete", object.delete().await.err());
    note("copy", object.copy_to(&container.object("to").unwrap()).await.err());
    note("upload", service.upload(2).await.err());
    note("list", container.list().try_collect::<Vec<_>>().await.err());
    note("uploads", container.incomplete_uploads().try_collect::<Vec<_>>().await.err());
    note("tags", object.tags().await.err());
    note("set tags", object.set_tags(&Default::default()).await.err());
    note("info", container.info().await.err());
    note("create", container.create().await.err());
    note("remove", container.delete().await.err());
    note("acl", container.acl().await.err());
    note("set acl", container.set_canned_acl(storage_core::CannedAcl::Private).await.err());
    note("metadata", object.update_metadata(storage_core::Metadata::new()).await.err());
    note("snapshot", azure.snapshot(&object).await.err());
    note("snapshots", azure.snapshots(&object).await.err());
    note("lease", azure.acquire_lease(&object, None, None).await.err());
    note("release", azure.release_lease(&object, "l").await.err());
    note("tier", azure.set_tier(&object, "Cool", None).await.err());
    note("undelete", azure.undelete(&object).await.err());
    note("hold", azure.set_legal_hold(&object, true).await.err());
    note("create append", azure.create_append(&object, &options).await.err());
    note("append", azure.append(&object, "x", Some(0), &options).await.err());
    note("create pages", azure.create_pages(&object, 512, &options).await.err());
    note("pages", azure.put_pages(&object, 0, vec![0; 512], &options).await.err());
    note("clear", azure.clear_pages(&object, 0..512, &options).await.err());
    note("ranges", azure.page_ranges(&object).await.err());
    let target = storage_core::groups::DeleteTarget::new(object.key().clone());
    let mut deleted = container.delete_many(futures_util::stream::iter([target]));
    note("batch", deleted.next().await.unwrap().result.err());
    let mut containers = service.storage.containers();
    note("containers", containers.next().await.unwrap().err());
    for (what, error) in errors {
        let kinds = [ErrorKind::UnexpectedResponse, ErrorKind::Ambiguous];
        assert!(kinds.contains(&error.kind()), "{what}: {error:?}");
        assert!(!crate::scripted::chain(&error).contains("Sign in"), "{what}");
    }
}
