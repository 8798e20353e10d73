//! Many deletes in one request.

use std::collections::HashMap;

use async_trait::async_trait;
use storage_core::groups::{BulkDeleteDriver, DeleteResult, DeleteTarget};
use storage_core::{ContainerName, DeleteOptions, Driver as _, Error, ErrorKind, ObjectRef, Result};

use crate::driver::S3Driver;
use crate::error::of_entry;
use crate::wire::delete_objects::Deletes;

#[async_trait]
impl BulkDeleteDriver for S3Driver {
    fn max_keys(&self) -> usize {
        1000
    }

    async fn delete_objects(
        &self,
        container: &ContainerName,
        targets: &[DeleteTarget],
    ) -> Result<Vec<DeleteResult>> {
        let bulk: Vec<DeleteTarget> = targets.iter().filter(|it| fits_document(it)).cloned().collect();
        let mut answers = Answers::default();
        if !bulk.is_empty() {
            answers.add(self.client.delete_objects(container, &bulk).await?);
        }
        let mut results = Vec::with_capacity(targets.len());
        for target in targets {
            let result = match fits_document(target) {
                true => answers.take(target),
                false => self.delete_one(container, target).await,
            };
            results.push(DeleteResult::new(target.key.clone(), result));
        }
        Ok(results)
    }
}

impl S3Driver {
    async fn delete_one(&self, container: &ContainerName, target: &DeleteTarget) -> Result<()> {
        let mut options = DeleteOptions::new();
        options.version.clone_from(&target.version);
        options.if_match.clone_from(&target.if_match);
        self.delete_object(ObjectRef::new(container, &target.key), &options).await
    }
}

/// Tells whether a key can stand in a document. XML has no way to write most control characters, and parsers differ in
/// what they make of the references to them; those keys are deleted one by one.
fn fits_document(target: &DeleteTarget) -> bool {
    !target.key.chars().any(|it| it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}'))
}

/// What the service said of each key and version.
#[derive(Default)]
struct Answers(HashMap<(String, Option<String>), Vec<Result<()>>>);

impl Answers {
    fn add(&mut self, answer: Deletes) {
        for it in answer.deleted {
            self.0.entry((it.key, it.version)).or_default().push(Ok(()));
        }
        for it in answer.errors {
            let error = of_entry(it.code.as_deref(), it.message.as_deref()).with_key(it.key.as_str());
            let result = if error.kind() == ErrorKind::ObjectNotFound { Ok(()) } else { Err(error) };
            self.0.entry((it.key, it.version)).or_default().push(result);
        }
    }

    /// Takes the answer for a target; one that was left out is an error, since nobody knows what became of it.
    fn take(&mut self, target: &DeleteTarget) -> Result<()> {
        let version = target.version.as_ref().map(|it| it.as_str().to_owned());
        let found = self.0.get_mut(&(target.key.as_str().to_owned(), version)).and_then(Vec::pop);
        found.unwrap_or_else(|| {
            let message = "the answer does not say what became of the object; it may be gone or not";
            Err(Error::new(ErrorKind::UnexpectedResponse, message).with_key(target.key.as_str()))
        })
    }
}
